// SPDX-License-Identifier: Apache-2.0
#include "core/stored_definition.h"

#include <charconv>
#include <utility>

namespace salestream::core {
namespace {

// Takes `literal` from the beginning of `text`, if it stands there.
bool take(std::string_view& text, std::string_view literal) {
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  return true;
}

// Takes a name in quotes, as canonical_text() writes it.
std::optional<std::string> take_quoted(std::string_view& text) {
  if (!take(text, "\"")) return std::nullopt;
  std::string name;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == '"') {
      text.remove_prefix(i + 1);
      return name;
    }
    if (text[i] == '\\' && ++i < text.size())
      name += text[i] == 'n' ? '\n' : text[i];
    else if (i < text.size())
      name += text[i];
  }
  return std::nullopt;
}

std::optional<FieldPath> take_path(std::string_view& text) {
  FieldPath path;
  if (take(text, ".")) return path;
  do {
    auto step = take_quoted(text);
    if (!step) return std::nullopt;
    path.steps.push_back(*std::move(step));
  } while (text.starts_with(".\"") && take(text, "."));
  return path;
}

// The next word behind `literal`, if that stands there.
std::optional<std::string_view> take_word_behind(std::string_view& text, std::string_view literal) {
  if (!take(text, literal)) return std::nullopt;
  const std::string_view word = text.substr(0, text.find(' '));
  text.remove_prefix(word.size());
  return word;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// As canonical_text() writes a field.
std::optional<Field> field_of(std::string_view text) {
  Field field;
  if (take(text, "kafka key")) {
    field.scope = FieldScope::kMessageKey;
  } else if (take(text, "kafka timestamp")) {
    field.scope = FieldScope::kMessageTime;
  } else {
    if (take(text, "kafka header ")) field.scope = FieldScope::kHeader;
    do {
      auto path = take_path(text);
      if (!path) return std::nullopt;
      field.paths.push_back(*std::move(path));
    } while (take(text, " | "));
    if (field.paths.size() == 1 && field.paths.front().is_element_itself()) field.paths.clear();
  }
  if (take(text, " in order")) field.scope = FieldScope::kOrder;
  if (take(text, " in item")) field.scope = FieldScope::kItem;
  if (const auto word = take_word_behind(text, " type ")) field.type = field_type_of(*word).value_or(FieldType::kText);
  if (const auto word = take_word_behind(text, " unit ")) field.unit = time_unit_of(*word).value_or(TimeUnit::kBySize);
  if (take(text, " base64")) field.is_base64 = true;
  if (take(text, " scale by currency")) field.is_scaled_by_currency = true;
  if (const auto word = take_word_behind(text, " scale ")) field.scale_digits = number_of<int>(*word).value_or(0);
  if (take(text, " or null")) field.may_be_null = true;
  if (take(text, " default ")) field.fallback = take_quoted(text);
  return text.empty() ? std::optional(field) : std::nullopt;
}

std::optional<ItemsPath> items_of(std::string_view text) {
  ItemsPath items;
  do {
    auto path = take_path(text);
    if (!path) return std::nullopt;
    items.levels.push_back(*std::move(path));
  } while (take(text, "[]."));
  if (items.levels.size() == 1 && items.levels.front().is_element_itself()) items.levels.clear();
  items.is_json_text = take(text, " json");
  return text.empty() ? std::optional(items) : std::nullopt;
}

// `"name".by: product client`, after which `"name".columns."column": revenue`
bool take_totals_line(std::string_view line, Definition& definition) {
  std::vector<TotalsTable>& tables = definition.totals;
  auto name = take_quoted(line);
  if (!name) return false;
  if (take(line, ".by:")) {
    TotalsTable& table = tables.emplace_back();
    table.name = *std::move(name);
    while (take(line, " ")) {
      const std::string_view word = line.substr(0, line.find(' '));
      const auto dimension = definition.dimension_of(word);
      if (!dimension) return false;
      table.by.push_back(*dimension);
      line.remove_prefix(word.size());
    }
    return line.empty() && !table.by.empty();
  }
  if (!take(line, ".columns.") || tables.empty() || tables.back().name != *name) return false;
  auto column = take_quoted(line);
  if (!column || !take(line, ": ")) return false;
  if (const auto dimension = definition.dimension_of(line))
    tables.back().columns.push_back({*std::move(column), *dimension});
  else if (const auto measure = measure_of(line))
    tables.back().columns.push_back({*std::move(column), *measure});
  else
    return false;
  return true;
}

bool take_order_line(std::string_view name, std::string_view value, OrderMapping& order) {
  if (name == "items") {
    auto items = items_of(value);
    if (!items) return false;
    order.items = *std::move(items);
    return true;
  }
  auto field = field_of(value);
  if (!field) return false;
  for (const auto& [known, place] : {std::pair{"id", &order.id},
                                     {"client", &order.client},
                                     {"time", &order.time},
                                     {"total", &order.total},
                                     {"price", &order.price},
                                     {"amount", &order.amount},
                                     {"currency", &order.currency}})
    if (name == known) {
      *place = *std::move(field);
      return true;
    }
  for (const auto& [known, place] :
       {std::pair{"product", &order.product}, {"quantity", &order.quantity}, {"quantity.map", &order.quantity}})
    if (name == known) {
      *place = *std::move(field);
      order.quantity_is_map = order.quantity_is_map || name == "quantity.map";
      return true;
    }
  return false;
}

// `"country": "address"."country" in order`
bool take_field_line(std::string_view line, std::vector<Field>& fields) {
  auto name = take_quoted(line);
  if (!name || !take(line, ": ")) return false;
  auto field = field_of(line);
  if (!field) return false;
  field->name = *std::move(name);
  fields.push_back(*std::move(field));
  return true;
}

bool take_line(std::string_view line, Definition& definition) {
  if (take(line, "totals.")) return take_totals_line(line, definition);
  if (take(line, "fields.")) return take_field_line(line, definition.fields);
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return false;
  std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
  if (take(name, "order.")) return take_order_line(name, value, definition.order);
  if (name == "pipeline" || name == "keep.product" || name == "timezone" || name == "where" || name == "items_where" ||
      name == "sign") {
    auto text = take_quoted(value);
    if (!text || !value.empty()) return false;
    if (name == "pipeline")
      definition.pipeline = *std::move(text);
    else if (name == "timezone")
      definition.timezone = *std::move(text);
    else if (name == "where")
      definition.where = *std::move(text);
    else if (name == "items_where")
      definition.items_where = *std::move(text);
    else if (name == "sign")
      definition.sign = *std::move(text);
    else
      definition.keep_products.push_back(*std::move(text));
    return true;
  }
  if (name == "changes") definition.changes = changes_of(value).value_or(Changes::kAppend);
  if (name == "allow_returns") definition.allow_returns = value == "true";
  if (name == "wrong_total") definition.wrong_total = value == "reject" ? WrongTotal::kReject : WrongTotal::kCount;
  if (name == "deduplicate.by.id.window")
    definition.deduplicate = Deduplicate{number_of<std::int64_t>(value).value_or(0)};
  if (name == "max_message_bytes") definition.max_message_bytes = number_of<std::uint64_t>(value).value_or(0);
  return true;  // what is not as it should be shows in the text below
}

}  // namespace

std::optional<Definition> definition_of(std::string_view canonical_text) {
  Definition definition;
  for (std::string_view rest = canonical_text; !rest.empty();) {
    const std::size_t end = rest.find('\n');
    if (end == std::string_view::npos || !take_line(rest.substr(0, end), definition)) return std::nullopt;
    rest.remove_prefix(end + 1);
  }
  if (definition.canonical_text() != canonical_text) return std::nullopt;
  return definition;
}

}  // namespace salestream::core
