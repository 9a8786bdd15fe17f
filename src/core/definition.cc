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

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  std::istringstream in(text);
  for (std::string line; std::getline(in, line);) lines.push_back(std::move(line));
  return lines;
}

bool has(const std::vector<std::string>& lines, const std::string& line) {
  return line.empty() || std::find(lines.begin(), lines.end(), line) != lines.end();
}

// What stands before the colon, which quoted names may have too. A product that is kept is a key of its own, since
// there may be many.
std::string_view key_of_line(std::string_view line) {
  if (line.starts_with("keep.product: ")) return line;
  bool is_quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (is_quoted && line[i] == '\\')
      ++i;
    else if (line[i] == '"')
      is_quoted = !is_quoted;
    else if (line[i] == ':' && !is_quoted)
      return line.substr(0, i);
  }
  return line;
}

// Empty: there is none.
std::string line_with_key_of(const std::string& line, const std::vector<std::string>& lines) {
  const auto found = std::find_if(lines.begin(), lines.end(),
                                  [&](const std::string& each) { return key_of_line(each) == key_of_line(line); });
  return found == lines.end() ? "" : *found;
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
  const std::vector<std::string> was_lines = lines_of(was), is_lines = lines_of(is);
  for (std::size_t i = 0; i < std::max(was_lines.size(), is_lines.size()); ++i) {
    std::string before = i < was_lines.size() ? was_lines[i] : "", after = i < is_lines.size() ? is_lines[i] : "";
    if (before == after) continue;
    const bool is_before_kept = has(is_lines, before), is_after_kept = has(was_lines, after);
    // Of two lines that are both still there only the order is another.
    if (is_before_kept == is_after_kept) {
      if (is_before_kept || key_of_line(before) == key_of_line(after)) return std::pair(before, after);
      if (std::string changed = line_with_key_of(before, is_lines); !changed.empty()) return std::pair(before, changed);
      if (std::string changed = line_with_key_of(after, was_lines); !changed.empty()) return std::pair(changed, after);
      return std::pair(before, after);
    }
    if (is_before_kept) return std::pair(line_with_key_of(after, was_lines), after);
    return std::pair(before, line_with_key_of(before, is_lines));
  }
  return std::nullopt;
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
