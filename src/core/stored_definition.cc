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

std::optional<FieldPath> path_of(std::string_view text) {
  FieldPath path;
  if (text == ".") return path;
  do {
    auto step = take_quoted(text);
    if (!step) return std::nullopt;
    path.steps.push_back(*std::move(step));
  } while (take(text, "."));
  return text.empty() ? std::optional(path) : std::nullopt;
}

template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

// `"name".by: product client`, after which `"name".columns."column": revenue`
bool take_totals_line(std::string_view line, std::vector<TotalsTable>& tables) {
  auto name = take_quoted(line);
  if (!name) return false;
  if (take(line, ".by:")) {
    TotalsTable& table = tables.emplace_back();
    table.name = *std::move(name);
    while (take(line, " ")) {
      const std::string_view word = line.substr(0, line.find(' '));
      const auto dimension = dimension_of(word);
      if (!dimension) return false;
      table.by.push_back(*dimension);
      line.remove_prefix(word.size());
    }
    return line.empty() && !table.by.empty();
  }
  if (!take(line, ".columns.") || tables.empty() || tables.back().name != *name) return false;
  auto column = take_quoted(line);
  if (!column || !take(line, ": ")) return false;
  if (const auto dimension = dimension_of(line))
    tables.back().columns.push_back({*std::move(column), *dimension});
  else if (const auto measure = measure_of(line))
    tables.back().columns.push_back({*std::move(column), *measure});
  else
    return false;
  return true;
}

bool take_order_line(std::string_view name, std::string_view value, OrderMapping& order) {
  auto path = path_of(value);
  if (!path) return false;
  for (const auto& [known, field] : {std::pair{"id", &order.id},
                                     {"client", &order.client},
                                     {"time", &order.time},
                                     {"total", &order.total},
                                     {"price", &order.price}})
    if (name == known) {
      *field = *std::move(path);
      return true;
    }
  for (const auto& [known, field] : {std::pair{"items", &order.items},
                                     {"product", &order.product},
                                     {"quantity", &order.quantity},
                                     {"quantity.map", &order.quantity}})
    if (name == known) {
      *field = *std::move(path);
      order.quantity_is_map = order.quantity_is_map || name == "quantity.map";
      return true;
    }
  return false;
}

bool take_line(std::string_view line, Definition& definition) {
  if (take(line, "totals.")) return take_totals_line(line, definition.totals);
  const std::size_t colon = line.find(": ");
  if (colon == std::string_view::npos) return false;
  std::string_view name = line.substr(0, colon), value = line.substr(colon + 2);
  if (take(name, "order.")) return take_order_line(name, value, definition.order);
  if (name == "pipeline" || name == "keep.product" || name == "timezone") {
    auto text = take_quoted(value);
    if (!text || !value.empty()) return false;
    if (name == "pipeline")
      definition.pipeline = *std::move(text);
    else if (name == "timezone")
      definition.timezone = *std::move(text);
    else
      definition.keep_products.push_back(*std::move(text));
    return true;
  }
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
