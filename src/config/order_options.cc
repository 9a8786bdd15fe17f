// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "config/sections.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxSteps = 16;
constexpr std::string_view kPathExpected = "the name of a field, or a dotted path such as order.lines,";

// `a.b` is b in a; a name that holds a dot is written as a list.
base::Result<core::FieldPath> read_path(const YamlValue& value, bool may_be_element) {
  core::FieldPath path;
  if (value.is_list()) {
    SALESTREAM_ASSIGN(const auto steps, value.list());
    for (const YamlValue& step : steps) {
      SALESTREAM_ASSIGN(std::string name, step.text("the name of a field"));
      path.steps.push_back(std::move(name));
    }
  } else {
    SALESTREAM_ASSIGN(const std::string text, value.text(kPathExpected));
    if (text == ".") {
      if (may_be_element) return path;
      return value.error("is '.', which means the line item itself; only order.product can be that");
    }
    for (std::size_t begin = 0; begin <= text.size();) {
      const std::size_t end = std::min(text.find('.', begin), text.size());
      if (end == begin)
        return value.error("is " + value.shown() +
                           ", which has an empty step; a name that holds a dot is written as a "
                           "list: [\"order.lines\"]");
      path.steps.push_back(text.substr(begin, end - begin));
      begin = end + 1;
    }
  }
  if (path.steps.size() > kMaxSteps)
    return value.error("has " + std::to_string(path.steps.size()) + " steps; " + std::to_string(kMaxSteps) +
                       " are the most");
  return path;
}

// A path with where it was written, to tell which two get in each other's way.
struct WrittenPath {
  YamlValue value;
  core::FieldPath path;
};

bool is_prefix(const core::FieldPath& a, const core::FieldPath& b) {
  return a.steps.size() <= b.steps.size() && std::equal(a.steps.begin(), a.steps.end(), b.steps.begin());
}

// A field that is two things at once, such as a text and an object with another field in it, would reject every order.
base::Status check_apart(const std::vector<WrittenPath>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      if (paths[i].path == paths[k].path) return paths[i].value.error("is the same field as " + paths[k].value.keys());
      if (is_prefix(paths[i].path, paths[k].path))
        return paths[i].value.error("cannot be a value: " + paths[k].value.keys() + " stands in it");
      if (is_prefix(paths[k].path, paths[i].path))
        return paths[i].value.error("cannot stand in " + paths[k].value.keys() + ", which is a value");
    }
  return {};
}

}  // namespace

base::Result<core::OrderMapping> read_order(const YamlValue& order) {
  SALESTREAM_ASSIGN(const YamlMap map, order.map("order"));
  core::OrderMapping mapping;
  std::vector<WrittenPath> in_message, in_item;

  for (const auto& [key, place] : {std::pair("id", &mapping.id),
                                   {"client", &mapping.client},
                                   {"time", &mapping.time},
                                   {"total", &mapping.total}}) {
    const auto value = map.find(key);
    if (!value) continue;
    SALESTREAM_ASSIGN(*place, read_path(*value, false));
    in_message.push_back({*value, **place});
  }

  SALESTREAM_ASSIGN(const YamlValue items, map.require("items"));
  SALESTREAM_ASSIGN(mapping.items, read_path(items, false));
  in_message.push_back({items, mapping.items});

  SALESTREAM_ASSIGN(const YamlValue product, map.require("product"));
  SALESTREAM_ASSIGN(mapping.product, read_path(product, true));
  const bool item_is_product = mapping.product.is_element_itself();
  if (!item_is_product) in_item.push_back({product, mapping.product});

  SALESTREAM_ASSIGN(YamlValue quantity, map.require("quantity"));
  if (quantity.is_map()) {
    SALESTREAM_ASSIGN(const YamlMap quantity_map, quantity.map("order.quantity"));
    SALESTREAM_ASSIGN(quantity, quantity_map.require("map"));
    mapping.quantity_is_map = true;
  } else if (item_is_product) {
    return quantity.error("cannot stand in a line item that is itself the product; write {map: NAME}");
  }
  SALESTREAM_ASSIGN(mapping.quantity, read_path(quantity, false));
  (mapping.quantity_is_map ? in_message : in_item).push_back({quantity, mapping.quantity});

  if (const auto price = map.find("price")) {
    if (item_is_product) return price->error("cannot stand in a line item that is itself the product");
    SALESTREAM_ASSIGN(mapping.price, read_path(*price, false));
    in_item.push_back({*price, *mapping.price});
  }

  SALESTREAM_TRY(check_apart(in_message));
  SALESTREAM_TRY(check_apart(in_item));
  return mapping;
}

}  // namespace salestream::config
