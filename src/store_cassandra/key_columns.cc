// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/key_columns.h"

#include <algorithm>
#include <charconv>

#include "base/check.h"
#include "calendar/order_time.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::int64_t kSecondsPerDay = 86'400;
constexpr std::int64_t kMsPerSecond = 1'000;

bool is_moment(core::Dimension dimension) {
  return dimension.window == core::Window::kMinute || dimension.window == core::Window::kHour;
}

// The value of a column, in so many seconds a unit. What another program wrote is read as a plain number (read_value).
std::int64_t units_of(std::string_view window, std::int64_t units, std::int64_t seconds) {
  if (const auto start = calendar::start_of_window(window)) return *start * units / seconds;
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(window.data(), window.data() + window.size(), number);
  SALESTREAM_CHECK(error == std::errc() && end == window.data() + window.size());
  return number;
}

}  // namespace

const char* key_type(core::Dimension dimension) {
  if (!core::is_window(dimension)) return "text";
  return is_moment(dimension) ? "timestamp" : "date";
}

KeyColumns::KeyColumns(const core::Definition& definition, const core::TotalsTable& table) : by_(table.by) {
  if (std::any_of(by_.begin(), by_.end(), is_moment)) windows_ = calendar::Windows::of(definition);
}

void KeyColumns::bind(BoundRows& row, std::string_view key) const {
  if (by_.size() == 1) return bind_value(row, by_.front(), key);
  const std::vector<std::string> values = core::split_key(key, by_.size());
  SALESTREAM_CHECK(values.size() == by_.size());
  for (std::size_t i = 0; i < by_.size(); ++i) bind_value(row, by_[i], values[i]);
}

std::string KeyColumns::read(ValueReader& row) const {
  if (by_.size() == 1) return read_value(row, by_.front());
  std::vector<std::string> values;
  for (const core::Dimension dimension : by_) values.push_back(read_value(row, dimension));
  return core::make_key({values.begin(), values.end()});
}

void KeyColumns::bind_value(BoundRows& row, core::Dimension dimension, std::string_view value) const {
  if (!core::is_window(dimension))
    row.text(value);
  else if (is_moment(dimension))
    row.bigint(units_of(value, kMsPerSecond, 1));
  else
    row.date(units_of(value, 1, kSecondsPerDay));
}

std::string KeyColumns::read_value(ValueReader& row, core::Dimension dimension) const {
  const std::string_view bytes = row.next().value_or("");
  if (!core::is_window(dimension)) return std::string(bytes);
  const auto in_years = [](std::int64_t seconds) {
    return seconds >= calendar::kFirstSecond && seconds <= calendar::kLastSecond;
  };
  if (is_moment(dimension)) {
    const std::int64_t ms = bigint_of(bytes).value_or(0);
    const bool is_whole = ms % kMsPerSecond == 0 && in_years(ms / kMsPerSecond);
    return is_whole ? windows_->moment_text(ms / kMsPerSecond) : std::to_string(ms);
  }
  const std::int64_t days = date_of(bytes).value_or(0);
  return in_years(days * kSecondsPerDay) ? calendar::date_text(days * kSecondsPerDay) : std::to_string(days);
}

}  // namespace salestream::store::cassandra
