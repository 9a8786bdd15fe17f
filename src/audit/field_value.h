// SPDX-License-Identifier: Apache-2.0
// What stands in a message into the value of a field, by the field's type: written from docs/fields.md for the audit.
// Pure functions; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/amount.h"
#include "audit/condition.h"
#include "audit/json.h"
#include "audit/order_clock.h"
#include "audit/plain_order.h"
#include "core/definition.h"

namespace salestream::audit {

// As it stands there: of strings and numbers, and of `true` and `false`, the text. `unit`: of a time or date.
struct Found {
  JsonKind kind = JsonKind::kNull;
  std::string_view text;
  core::TimeUnit unit = core::TimeUnit::kBySize;
  bool is_default = false;  // it stands in the definition
};

// Of its members the one that the type has.
struct FieldValue {
  bool is_null = true;
  core::FieldType type = core::FieldType::kText;
  std::string_view text;
  Billionths number = 0;  // of integers and decimals, before its scale
  bool boolean = false;
  Day day;
  Moment moment;

  // For conditions.
  PlainValue plain() const;
  // As keys have it; of a time nothing.
  std::string key_text() const;
};

// By what a field of the definition is: `fields` say it, of all others it is known.
core::FieldType type_of(const core::Field& field, core::FieldIndex index);

// Which of those that stand at the field's places counts, in the order of the places: the first that says something,
// or its default. Otherwise the first of them, which is at fault. Nothing: none is there.
std::optional<Found> choose(const core::Field& field, const std::vector<Found>& there);

// Its scale is the caller's.
Fault read_value(const core::Field& field, core::FieldType type, const Found& found, FieldValue& out);

// A number of minor units, so many digits behind the point.
Billionths scaled(Billionths minor_units, int digits);

}  // namespace salestream::audit
