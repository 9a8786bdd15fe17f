// SPDX-License-Identifier: Apache-2.0
// Columns whose values are bound and read as they are, each by its type in CQL. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>

#include "store/field_text.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {

inline constexpr Expected kAsExpected = nullptr;

// What a null is: no value of ours, or what the column has where nothing was ever written.
enum class Null : bool { kRefused, kAllowed };

// Columns that are bound and read as they are; `Get` gives a row's member.
template <typename From, typename Into = From>
struct Plain {
  using Column = RowColumn<CassandraFormat, From, Into>;

  template <typename Get>
  static Column integer(const char* name, Get, ColumnRole role = ColumnRole::kRegular) {
    return {{name, "int", role},
            [](BoundRows& row, const From& from) { row.integer(Get{}(from)); },
            [](ValueReader& row, Into& into) -> Expected {
              const auto value = integer_of(row.next().value_or(""));
              if (!value) return "a number";
              Get{}(into) = *value;
              return kAsExpected;
            }};
  }

  // Numbers of 64 bits keep them all; CQL shows them as signed ones.
  template <Null kNull = Null::kRefused, typename Get>
  static Column bigint(const char* name, Get, ColumnRole role = ColumnRole::kRegular, const char* type = "bigint") {
    return {{name, type, role},
            [](BoundRows& row, const From& from) { row.bigint(static_cast<std::int64_t>(Get{}(from))); },
            [](ValueReader& row, Into& into) -> Expected {
              const auto bytes = row.next();
              if (!bytes && kNull == Null::kAllowed) return kAsExpected;
              const auto number = bigint_of(bytes.value_or(""));
              if (!number) return "a number";
              auto& value = Get{}(into);
              value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
              return kAsExpected;
            }};
  }

  // Texts and bytes; a null is none.
  template <typename Get>
  static Column text(const char* name, Get, ColumnRole role = ColumnRole::kRegular, const char* type = "text") {
    return {{name, type, role},
            [](BoundRows& row, const From& from) { row.text(Get{}(from)); },
            [](ValueReader& row, Into& into) -> Expected {
              Get{}(into) = row.next().value_or("");
              return kAsExpected;
            }};
  }

  // Of a value with a text of its own (store/field_text.h).
  template <typename Get>
  static Column field_text(const char* name, Get) {
    return {{name, "text"},
            [](BoundRows& row, const From& from) { row.text(store::field_text(Get{}(from))); },
            [](ValueReader& row, Into& into) { return read_field(row.next().value_or(""), Get{}(into)); }};
  }

  template <typename Get>
  static Column boolean(const char* name, Get) {
    return {{name, "boolean"},
            [](BoundRows& row, const From& from) { row.boolean(Get{}(from)); },
            [](ValueReader& row, Into& into) -> Expected {
              Get{}(into) = boolean_of(row.next().value_or("")).value_or(false);
              return kAsExpected;
            }};
  }

  template <int kLeastFractionDigits, typename Get>
  static Column decimal(std::string name, Get) {
    return {{std::move(name), "decimal"},
            [](BoundRows& row, const From& from) { row.decimal(Get{}(from), kLeastFractionDigits); },
            [](ValueReader& row, Into& into) -> Expected {
              const auto value = decimal_of(row.next().value_or(""));
              if (!value) return "a decimal of at most nine fraction digits";
              Get{}(into) = *value;
              return kAsExpected;
            }};
  }
};

}  // namespace salestream::store::cassandra
