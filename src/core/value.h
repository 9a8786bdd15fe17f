// SPDX-License-Identifier: Apache-2.0
// The value of a field or of an expression: a view, since its text lies elsewhere, in the message or in the expression.
// Only the member that its kind names is there. Values of two registers and a kind; any thread.
#pragma once

#include <cstdint>
#include <string_view>

#include "core/decimal.h"

namespace salestream::core {

struct Value {
  enum class Kind : std::uint8_t { kNull, kText, kNumber, kBoolean, kDate };

  constexpr Value() : text() {}
  static constexpr Value null() { return {}; }
  static constexpr Value of_text(std::string_view text) {
    Value v;
    v.kind = Kind::kText;
    v.text = text;
    return v;
  }
  static constexpr Value of_number(Decimal number) {
    Value v;
    v.kind = Kind::kNumber;
    v.number = number;
    return v;
  }
  static constexpr Value of_boolean(bool boolean) {
    Value v;
    v.kind = Kind::kBoolean;
    v.boolean = boolean;
    return v;
  }
  static constexpr Value of_date(std::int32_t days) {
    Value v;
    v.kind = Kind::kDate;
    v.days = days;
    return v;
  }

  constexpr bool is_null() const { return kind == Kind::kNull; }
  // Of a condition: what is neither FALSE nor NULL.
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
};

}  // namespace salestream::core
