// SPDX-License-Identifier: Apache-2.0
// The value of a field or of an expression: a view, since its text lies elsewhere, in the message or in the expression.
// Of `text`, `number`, `boolean` and `days` only the one that its kind names is there. Values of two registers and a
// kind; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/decimal.h"

namespace salestream::core {

struct Value {
  enum class Kind : std::uint8_t { kNull, kText, kNumber, kBoolean, kDate };

  constexpr Value() : text() {}  // NULL
  static constexpr Value null() { return {}; }
  static constexpr Value of_text(std::string_view text) { return Value(text); }
  static constexpr Value of_number(Decimal number) { return Value(number); }
  static constexpr Value of_boolean(bool boolean) { return Value(Kind::kBoolean, boolean); }
  static constexpr Value of_date(std::int32_t days) { return Value(Kind::kDate, days); }

  constexpr bool is_null() const { return kind == Kind::kNull; }
  // Of a condition: neither FALSE nor NULL.
  constexpr bool is_true() const { return kind == Kind::kBoolean && boolean; }

  // The same kind and, of that kind, the same value: NULL is NULL here, as it is not in an expression.
  friend constexpr bool operator==(const Value& a, const Value& b) {
    if (a.kind != b.kind) return false;
    switch (a.kind) {
      case Kind::kNull: return true;
      case Kind::kText: return a.text == b.text;
      case Kind::kNumber: return a.number == b.number;
      case Kind::kBoolean: return a.boolean == b.boolean;
      case Kind::kDate: return a.days == b.days;
    }
    return false;
  }

  Kind kind = Kind::kNull;
  union {
    std::string_view text;
    Decimal number;
    bool boolean;
    std::int32_t days;  // since 1970-01-01
  };

 private:
  constexpr explicit Value(std::string_view its_text) : kind(Kind::kText), text(its_text) {}
  constexpr explicit Value(Decimal its_number) : kind(Kind::kNumber), number(its_number) {}
  constexpr Value(Kind its_kind, bool its_boolean) : kind(its_kind), boolean(its_boolean) {}
  constexpr Value(Kind its_kind, std::int32_t its_days) : kind(its_kind), days(its_days) {}
};

}  // namespace salestream::core
