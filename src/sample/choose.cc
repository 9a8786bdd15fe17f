// SPDX-License-Identifier: Apache-2.0
#include "sample/choose.h"

#include <algorithm>
#include <cstdlib>

#include "calendar/order_time.h"

namespace salestream::sample {
namespace {

constexpr int kBeyond = 100;
constexpr std::size_t kMissing = 60;  // for a field that is nearly never there
constexpr int kElsewhere = 6;         // for each step away from the object that the line items stand in

std::size_t shared_steps(const std::vector<std::string>& home, const core::FieldPath& path) {
  std::size_t shared = 0;
  while (shared < home.size() && shared + 1 < path.steps.size() && home[shared] == path.steps[shared]) ++shared;
  return shared;
}

std::optional<int> cost_of(const Scope& scope, const SeenField& field, Role role) {
  const std::size_t shared = shared_steps(scope.home, field.path);
  const auto far = distance(role, field.path, shared);
  if (!far) return std::nullopt;
  const int cost = *far + kElsewhere * static_cast<int>(scope.home.size() - shared);
  if (cost >= kBeyond) return std::nullopt;
  // Where a product's best name is missing, the next one stands in for it.
  const std::size_t missing = role == Role::kProduct ? 0 : scope.objects - field.there;
  return cost + static_cast<int>(kMissing * missing / scope.objects);
}

// Nanoseconds are beyond what any amount may be: so by the digits themselves.
double number_of(const Seen& seen) {
  const bool is_digits = seen.value->text.find_first_not_of("0123456789.") == std::string::npos;
  return is_digits ? std::strtod(seen.value->text.c_str(), nullptr) : -1;
}

double seconds_in(core::TimeUnit unit) {
  switch (unit) {
    case core::TimeUnit::kDays: return 86'400;
    case core::TimeUnit::kMilliseconds: return 1e-3;
    case core::TimeUnit::kMicroseconds: return 1e-6;
    case core::TimeUnit::kNanoseconds: return 1e-9;
    case core::TimeUnit::kSeconds:
    case core::TimeUnit::kBySize: return 1;
  }
  return 1;
}

// From 1990 up to 2100: what of another unit has that size is not.
std::size_t count_in(core::TimeUnit unit, const SeenField& field) {
  return static_cast<std::size_t>(std::ranges::count_if(field.values, [&](const Seen& seen) {
    const double seconds = number_of(seen) * seconds_in(unit);
    return seconds >= static_cast<double>(calendar::kFirstEpochSecond) &&
           seconds < static_cast<double>(calendar::kEndOfEpochSeconds);
  }));
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
    const auto is_apart = [&](const SeenField* other) { return are_apart(other->path, field->path); };
    if (!std::ranges::all_of(out.fields, is_apart)) continue;
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
  return std::ranges::all_of(scope.taken, [&](const core::FieldPath& taken) { return are_apart(taken, path); });
}

bool fits_name(const SeenField& field) { return field.is_name() && !field.is_most(field.times); }
bool fits_number(const SeenField& field) { return field.is_number(); }
bool fits_currency(const SeenField& field) { return field.is_most(field.currencies); }
bool fits_time(const SeenField& field) { return field.is_most(times_of(field).count); }

Times times_of(const SeenField& field) {
  Times best{core::TimeUnit::kBySize, field.times};
  for (const core::TimeUnit unit : {core::TimeUnit::kSeconds, core::TimeUnit::kMilliseconds,
                                    core::TimeUnit::kMicroseconds, core::TimeUnit::kNanoseconds})
    best.count += count_in(unit, field);
  // One unit says more than what goes by size, and days are never told by that.
  for (const core::TimeUnit unit : {core::TimeUnit::kDays, core::TimeUnit::kSeconds, core::TimeUnit::kMilliseconds,
                                    core::TimeUnit::kMicroseconds, core::TimeUnit::kNanoseconds})
    if (const std::size_t count = count_in(unit, field); field.times == 0 && count > 0 && count >= best.count)
      best = {unit, count};
  return best;
}

}  // namespace salestream::sample
