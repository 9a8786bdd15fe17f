// SPDX-License-Identifier: Apache-2.0
#include "sample/choose.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "calendar/order_time.h"

namespace salestream::sample {
namespace {

constexpr int kBeyond = 100;
constexpr std::size_t kMissing = 60;   // for a field that is nearly never there
constexpr int kElsewhere = 6;  // for each step away from the object that the line items stand in

std::size_t shared_steps(const std::vector<std::string>& home, const core::FieldPath& path) {
  std::size_t shared = 0;
  while (shared < home.size() && shared + 1 < path.steps.size() && home[shared] == path.steps[shared]) ++shared;
  return shared;
}

std::optional<int> cost_of(const Scope& scope, const SeenField& field, Role role) {
  const std::size_t shared = shared_steps(scope.home, field.path);
  const auto far = distance(role, field.path, shared);
  if (!far) return std::nullopt;
  // Where a product's best name is missing, the next one stands in for it.
  const std::size_t missing = role == Role::kProduct ? 0 : scope.objects - field.there;
  const int cost = *far + kElsewhere * static_cast<int>(scope.home.size() - shared) +
                   static_cast<int>(kMissing * missing / scope.objects);
  if (cost >= kBeyond) return std::nullopt;
  return cost;
}

// Days first: as numbers of any other unit they would be of 1970.
constexpr auto kUnits = std::to_array<core::TimeUnit>({core::TimeUnit::kDays, core::TimeUnit::kSeconds,
                                                       core::TimeUnit::kMilliseconds, core::TimeUnit::kMicroseconds,
                                                       core::TimeUnit::kNanoseconds});

// Whether it is one from 1990 up to 2100: what of another unit has that size is none there.
bool is_in(core::TimeUnit unit, const std::string& number) {
  const double n = std::strtod(number.c_str(), nullptr);
  double seconds = n;
  if (unit == core::TimeUnit::kDays) seconds = n * 86'400;
  if (unit == core::TimeUnit::kMilliseconds) seconds = n / 1e3;
  if (unit == core::TimeUnit::kMicroseconds) seconds = n / 1e6;
  if (unit == core::TimeUnit::kNanoseconds) seconds = n / 1e9;
  return seconds >= static_cast<double>(calendar::kFirstEpochSecond) &&
         seconds < static_cast<double>(calendar::kEndOfEpochSeconds);
}

std::optional<core::TimeUnit> unit_of_numbers(const SeenField& field) {
  for (const core::TimeUnit unit : kUnits)
    if (std::ranges::all_of(field.values,
                            [&](const Seen& seen) { return !seen.value->is_there() || is_in(unit, seen.value->text); }))
      return unit;
  return std::nullopt;
}

}  // namespace

std::vector<const SeenField*> candidates(const Scope& scope, Role role, Fits fits) {
  struct Costly {
    int cost;
    const SeenField* field;
  };
  std::vector<Costly> found;
  for (const SeenField& field : scope.fields) {
    if (!fits(field) || !is_free(scope, field.path)) continue;
    if (const auto cost = cost_of(scope, field, role)) found.push_back({*cost, &field});
  }
  std::ranges::stable_sort(found, {}, &Costly::cost);
  std::vector<const SeenField*> out;
  for (const Costly& each : found) out.push_back(each.field);
  return out;
}

Cover cover(const std::vector<const SeenField*>& candidates, std::size_t objects, std::size_t most) {
  std::vector<bool> has_one(objects);
  Cover out{.fields = {}, .uncovered = objects};
  for (const SeenField* const field : candidates) {
    if (out.uncovered == 0 || out.fields.size() == most) break;
    std::size_t gained = 0;
    for (const Seen& seen : field->values) {
      if (has_one[seen.object] || !seen.value->is_there()) continue;
      has_one[seen.object] = true;
      ++gained;
    }
    if (gained == 0) continue;
    out.fields.push_back(field);
    out.uncovered -= gained;
  }
  return out;
}

void take(Scope& scope, const core::FieldPath& path) { scope.taken.push_back(path); }

bool is_free(const Scope& scope, const core::FieldPath& path) {
  return std::ranges::none_of(scope.taken, [&](const core::FieldPath& taken) {
    return taken == path || taken.holds(path) || path.holds(taken);
  });
}

bool fits_name(const SeenField& field) { return field.is_name() && field.times < field.there; }
bool fits_number(const SeenField& field) { return field.is_number(); }
bool fits_currency(const SeenField& field) { return field.there > 0 && field.currencies == field.there; }

bool fits_time(const SeenField& field) {
  if (field.there == 0) return false;
  if (field.times == field.there) return true;
  // Nanoseconds are beyond what any amount may be.
  return field.numbers + field.number_texts == field.there && unit_of_numbers(field).has_value();
}

core::TimeUnit unit_of(const SeenField& field) {
  if (field.times == field.there) return core::TimeUnit::kBySize;
  return unit_of_numbers(field).value_or(core::TimeUnit::kBySize);
}

}  // namespace salestream::sample
