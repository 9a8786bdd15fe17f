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

// Its places, and then what is said of it beyond them, in the order in which stored_definition.cc takes it.
std::string quoted(const Field& field) {
  std::string out = field.scope == FieldScope::kHeader ? "kafka header " : "";
  for (const FieldPath& path : field.paths) out += (&path == field.paths.data() ? "" : " | ") + quoted(path);
  if (field.paths.empty() && (field.scope == FieldScope::kUsual || field.scope == FieldScope::kItem)) out = ".";
  switch (field.scope) {
    case FieldScope::kUsual:
    case FieldScope::kHeader: break;
    case FieldScope::kOrder: out += " in order"; break;
    case FieldScope::kItem: out += " in item"; break;
    case FieldScope::kMessageKey: out += "kafka key"; break;
    case FieldScope::kMessageTime: out += "kafka timestamp"; break;
  }
  if (field.type != FieldType::kText) out += std::string(" type ") + core::name_of(field.type);
  if (field.unit != TimeUnit::kBySize) out += std::string(" unit ") + core::name_of(field.unit);
  if (field.is_base64) out += " base64";
  if (field.scale_digits != 0) out += " scale " + std::to_string(field.scale_digits);
  if (field.is_scaled_by_currency) out += " scale by currency";
  if (field.may_be_null) out += " or null";
  if (field.fallback) out += " default " + quoted(*field.fallback);
  return out;
}

std::string quoted(const ItemsPath& items) {
  if (items.is_message_itself()) return ".";
  std::string out;
  for (const FieldPath& path : items.levels) out += (out.empty() ? "" : "[].") + quoted(path);
  return items.is_json_text ? out + " json" : out;
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

const char* name_of(Window window) {
  switch (window) {
    case Window::kNone: return "none";
    case Window::kMinute: return "minute";
    case Window::kHour: return "hour";
    case Window::kDay: return "day";
    case Window::kWeek: return "week";
    case Window::kMonth: return "month";
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

const char* name_of(Changes changes) { return changes == Changes::kDebezium ? "debezium" : "append"; }

std::optional<Changes> changes_of(std::string_view name) {
  for (const Changes changes : {Changes::kAppend, Changes::kDebezium})
    if (name == name_of(changes)) return changes;
  return std::nullopt;
}

std::optional<Window> window_of(std::string_view name) {
  for (std::size_t i = 1; i < kWindowCount; ++i)
    if (const auto window = static_cast<Window>(i); name == name_of(window)) return window;
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

bool Definition::is_plain() const {
  const auto plain = [](const std::optional<Field>& field) { return !field || field->is_plain(); };
  return changes == Changes::kAppend && fields.empty() && where.empty() && items_where.empty() && sign.empty() &&
         !order.amount && !order.currency && order.items.is_plain() && plain(order.id) && plain(order.client) &&
         plain(order.time) && plain(order.total) && plain(order.price) && order.product.is_plain() &&
         order.quantity.is_plain() && !is_by({{FieldIndex::Known::kId}});
}

bool TotalsTable::is_by_currency() const {
  return std::find(by.begin(), by.end(), Dimension{{FieldIndex::Known::kCurrency}}) != by.end();
}

const Field* Definition::field(FieldIndex index) const {
  const auto of = [](const std::optional<Field>& field) { return field ? &*field : nullptr; };
  switch (index.known) {
    case FieldIndex::Known::kProduct: return &order.product;
    case FieldIndex::Known::kClient: return of(order.client);
    case FieldIndex::Known::kTime: return of(order.time);
    case FieldIndex::Known::kId: return of(order.id);
    case FieldIndex::Known::kCurrency: return of(order.currency);
    case FieldIndex::Known::kQuantity: return &order.quantity;
    case FieldIndex::Known::kPrice: return of(order.price);
    case FieldIndex::Known::kAmount: return of(order.amount);
    case FieldIndex::Known::kNamed: return index.place < fields.size() ? &fields[index.place] : nullptr;
  }
  return nullptr;
}

namespace {

// Of the fields that `order` names, those that a table can be by.
constexpr FieldIndex::Known kKeyFields[] = {FieldIndex::Known::kProduct, FieldIndex::Known::kClient,
                                            FieldIndex::Known::kId, FieldIndex::Known::kCurrency};

std::optional<FieldIndex> index_of(std::string_view name, const Definition& definition) {
  for (const FieldIndex::Known known : kKeyFields)
    if (name == definition.name_of(FieldIndex{known})) return FieldIndex{known};
  for (std::size_t i = 0; i < definition.fields.size(); ++i)
    if (definition.fields[i].name == name) return FieldIndex::named(i);
  return std::nullopt;
}

}  // namespace

FieldType Definition::type_of(FieldIndex index) const {
  switch (index.known) {
    case FieldIndex::Known::kNamed: return fields[index.place].type;
    case FieldIndex::Known::kTime: return FieldType::kTime;
    case FieldIndex::Known::kQuantity:
    case FieldIndex::Known::kPrice:
    case FieldIndex::Known::kAmount: return FieldType::kDecimal;
    case FieldIndex::Known::kProduct:
    case FieldIndex::Known::kClient:
    case FieldIndex::Known::kId:
    case FieldIndex::Known::kCurrency: break;
  }
  return FieldType::kText;
}

std::string Definition::name_of(FieldIndex index) const {
  switch (index.known) {
    case FieldIndex::Known::kProduct: return "product";
    case FieldIndex::Known::kClient: return "client";
    case FieldIndex::Known::kTime: return "time";
    case FieldIndex::Known::kId: return "id";
    case FieldIndex::Known::kCurrency: return "currency";
    case FieldIndex::Known::kQuantity: return "quantity";
    case FieldIndex::Known::kPrice: return "price";
    case FieldIndex::Known::kAmount: return "amount";
    case FieldIndex::Known::kNamed: return fields[index.place].name;
  }
  return "?";
}

std::string Definition::name_of(Dimension dimension) const {
  if (dimension.field.known == FieldIndex::Known::kTime) return core::name_of(dimension.window);
  const std::string name = name_of(dimension.field);
  return dimension.window == Window::kNone ? name : std::string(core::name_of(dimension.window)) + "(" + name + ")";
}

std::string Definition::name_of(const std::variant<Dimension, Measure>& shows) const {
  const auto* dimension = std::get_if<Dimension>(&shows);
  return dimension != nullptr ? name_of(*dimension) : core::name_of(std::get<Measure>(shows));
}

std::optional<Dimension> Definition::dimension_of(std::string_view name) const {
  if (const auto window = window_of(name)) return Dimension{{FieldIndex::Known::kTime}, *window};
  Window window = Window::kNone;
  if (const std::size_t open = name.find('('); open != std::string_view::npos && name.ends_with(')')) {
    const auto found = window_of(name.substr(0, open));
    if (!found) return std::nullopt;
    window = *found;
    name = name.substr(open + 1, name.size() - open - 2);
  }
  const auto index = index_of(name, *this);
  return index ? std::optional(Dimension{*index, window}) : std::nullopt;
}

bool Definition::is_by(Dimension dimension) const { return tables_by(dimension) > 0; }

std::vector<std::string> Definition::headers() const {
  std::vector<std::string> names;
  const auto add = [&](const Field* field) {
    if (field == nullptr || field->scope != FieldScope::kHeader) return;
    std::string name = header_of(*field);
    if (std::find(names.begin(), names.end(), name) == names.end()) names.push_back(std::move(name));
  };
  for (const FieldIndex::Known known :
       {FieldIndex::Known::kId, FieldIndex::Known::kClient, FieldIndex::Known::kTime, FieldIndex::Known::kCurrency})
    add(field({known}));
  for (const Field& each : fields) add(&each);
  return names;
}

int Definition::tables_by(Dimension dimension) const {
  return static_cast<int>(std::count_if(totals.begin(), totals.end(), [&](const TotalsTable& table) {
    return std::find(table.by.begin(), table.by.end(), dimension) != table.by.end();
  }));
}

bool Definition::has_windows() const {
  return std::any_of(totals.begin(), totals.end(),
                     [](const TotalsTable& table) { return std::any_of(table.by.begin(), table.by.end(), is_window); });
}

std::string Definition::canonical_text() const {
  std::ostringstream out;
  const auto field = [&](const char* name, const std::optional<Field>& value) {
    if (value) out << name << ": " << quoted(*value) << '\n';
  };
  out << "pipeline: " << quoted(pipeline) << '\n';
  field("order.id", order.id);
  field("order.client", order.client);
  field("order.time", order.time);
  field("order.total", order.total);
  out << "order.items: " << quoted(order.items) << '\n';
  field("order.product", order.product);
  field(order.quantity_is_map ? "order.quantity.map" : "order.quantity", order.quantity);
  field("order.price", order.price);
  field("order.amount", order.amount);
  field("order.currency", order.currency);
  if (changes != Changes::kAppend) out << "changes: " << core::name_of(changes) << '\n';
  for (const Field& each : fields) out << "fields." << quoted(each.name) << ": " << quoted(each) << '\n';
  if (!where.empty()) out << "where: " << quoted(where) << '\n';
  if (!items_where.empty()) out << "items_where: " << quoted(items_where) << '\n';
  if (!sign.empty()) out << "sign: " << quoted(sign) << '\n';
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
      out << name_of(column.shows);
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
  KeyWriter writer(key, values.size());
  for (const std::string_view value : values) writer.add(value);
  return key;
}

void KeyWriter::add(std::string_view value) {
  if (--left_ > 0) {
    const auto size = static_cast<std::uint32_t>(value.size());
    for (int shift = 24; shift >= 0; shift -= 8) key_ += static_cast<char>(size >> shift);
  }
  key_ += value;
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
