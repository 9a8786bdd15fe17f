// SPDX-License-Identifier: Apache-2.0
#include "core/definition.h"

#include <algorithm>
#include <cstring>
#include <sstream>
#include <string_view>

namespace salestream::core {
namespace {

// Names may hold any character; quoted, no two different definitions can have the same text.
std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n')
      out += "\\n";
    else
      out += c;
  }
  return out += '"';
}

std::string quoted(const FieldPath& path) {
  if (path.is_element_itself()) return ".";
  std::string out;
  for (const std::string& step : path.steps) out += (out.empty() ? "" : ".") + quoted(step);
  return out;
}

}  // namespace

std::string FieldPath::text() const {
  if (steps.empty()) return ".";
  std::string out;
  for (const std::string& step : steps) out += (out.empty() ? "" : ".") + step;
  return out;
}

const char* name_of(Dimension dimension) {
  switch (dimension) {
    case Dimension::kProduct: return "product";
    case Dimension::kClient: return "client";
    case Dimension::kMinute: return "minute";
    case Dimension::kHour: return "hour";
    case Dimension::kDay: return "day";
    case Dimension::kWeek: return "week";
    case Dimension::kMonth: return "month";
  }
  return "?";
}

const char* name_of(Measure measure) {
  switch (measure) {
    case Measure::kRevenue: return "revenue";
    case Measure::kUnits: return "units";
    case Measure::kOrders: return "orders";
  }
  return "?";
}

std::optional<Dimension> dimension_of(std::string_view name) {
  for (std::size_t i = 0; i < kDimensionCount; ++i)
    if (const auto dimension = static_cast<Dimension>(i); name == name_of(dimension)) return dimension;
  return std::nullopt;
}

std::optional<Measure> measure_of(std::string_view name) {
  for (const Measure measure : {Measure::kRevenue, Measure::kUnits, Measure::kOrders})
    if (name == name_of(measure)) return measure;
  return std::nullopt;
}

Measure TotalsTable::first_measure() const {
  for (const Column& column : columns)
    if (const auto* measure = std::get_if<Measure>(&column.shows)) return *measure;
  return Measure::kOrders;
}

bool Definition::is_by(Dimension dimension) const { return tables_by(dimension) > 0; }

int Definition::tables_by(Dimension dimension) const {
  return static_cast<int>(std::count_if(totals.begin(), totals.end(), [&](const TotalsTable& table) {
    return std::find(table.by.begin(), table.by.end(), dimension) != table.by.end();
  }));
}

bool Definition::has_windows() const {
  for (std::size_t i = 0; i < kDimensionCount; ++i)
    if (const auto dimension = static_cast<Dimension>(i); is_window(dimension) && is_by(dimension)) return true;
  return false;
}

std::string Definition::canonical_text() const {
  std::ostringstream out;
  const auto path = [&](const char* name, const std::optional<FieldPath>& value) {
    if (value) out << name << ": " << quoted(*value) << '\n';
  };
  out << "pipeline: " << quoted(pipeline) << '\n';
  path("order.id", order.id);
  path("order.client", order.client);
  path("order.time", order.time);
  path("order.total", order.total);
  path("order.items", order.items);
  path("order.product", order.product);
  path(order.quantity_is_map ? "order.quantity.map" : "order.quantity", order.quantity);
  path("order.price", order.price);
  for (const std::string& product : keep_products) out << "keep.product: " << quoted(product) << '\n';
  out << "allow_returns: " << (allow_returns ? "true" : "false") << '\n';
  out << "wrong_total: " << (wrong_total == WrongTotal::kReject ? "reject" : "count") << '\n';
  if (deduplicate) out << "deduplicate.by.id.window: " << deduplicate->window_messages << '\n';
  out << "max_message_bytes: " << max_message_bytes << '\n';
  if (has_windows()) out << "timezone: " << quoted(timezone) << '\n';
  for (const TotalsTable& table : totals) {
    out << "totals." << quoted(table.name) << ".by:";
    for (const Dimension dimension : table.by) out << ' ' << name_of(dimension);
    out << '\n';
    for (const Column& column : table.columns) {
      out << "totals." << quoted(table.name) << ".columns." << quoted(column.name) << ": ";
      std::visit([&](auto shows) { out << name_of(shows); }, column.shows);
      out << '\n';
    }
  }
  return out.str();
}

std::optional<std::pair<std::string, std::string>> first_difference(const std::string& was, const std::string& is) {
  std::istringstream was_lines(was), is_lines(is);
  for (;;) {
    std::string was_line, is_line;
    const bool was_more = static_cast<bool>(std::getline(was_lines, was_line));
    const bool is_more = static_cast<bool>(std::getline(is_lines, is_line));
    if (!was_more && !is_more) return std::nullopt;
    if (was_line != is_line || was_more != is_more) return std::pair(was_line, is_line);
  }
}

std::string make_key(const std::vector<std::string_view>& values) {
  std::string key;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (i + 1 < values.size()) {
      const auto size = static_cast<std::uint32_t>(values[i].size());
      for (int shift = 24; shift >= 0; shift -= 8) key += static_cast<char>(size >> shift);
    }
    key += values[i];
  }
  return key;
}

std::vector<std::string> split_key(std::string_view key, std::size_t count) {
  std::vector<std::string> values;
  while (values.size() + 1 < count) {
    if (key.size() < 4) return values;
    std::uint32_t size = 0;
    for (int i = 0; i < 4; ++i) size = (size << 8) | static_cast<unsigned char>(key[i]);
    key.remove_prefix(4);
    if (key.size() < size) return values;
    values.emplace_back(key.substr(0, size));
    key.remove_prefix(size);
  }
  values.emplace_back(key);
  return values;
}

}  // namespace salestream::core
