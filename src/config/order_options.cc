// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "config/sections.h"

namespace salestream::config {
namespace {

// A path with where it was written, to tell which two get in each other's way.
struct WrittenPath {
  YamlValue value;
  core::FieldPath path;
  bool may_stand_twice = false;
};

// A field that is two things at once, such as a text and an object with another field in it, would reject every order.
base::Status check_apart(const std::vector<WrittenPath>& paths) {
  for (std::size_t i = 0; i < paths.size(); ++i)
    for (std::size_t k = 0; k < i; ++k) {
      if (paths[i].path == paths[k].path && !paths[i].may_stand_twice)
        return paths[i].value.error("is the same field as " + paths[k].value.keys());
      if (paths[i].path.holds(paths[k].path))
        return paths[i].value.error("cannot be a value: " + paths[k].value.keys() + " stands in it");
      if (paths[k].path.holds(paths[i].path))
        return paths[i].value.error("cannot stand in " + paths[k].value.keys() + ", which is a value");
    }
  return {};
}

void add_paths(const YamlValue& value, const core::Field& field, bool may_stand_twice, std::vector<WrittenPath>& out) {
  if (core::is_of_kafka(field.scope)) return;
  for (const core::FieldPath& path : field.paths) out.push_back({value, path, may_stand_twice});
}

// Only a currency can stand in the order or in a line item.
base::Status check_scope(const YamlValue& value, const core::Field& field, bool is_of_item) {
  if (is_of_item && core::is_of_kafka(field.scope))
    return value.error("stands in a line item; `kafka` says what belongs to the whole message");
  if (is_of_item && field.scope == core::FieldScope::kOrder)
    return value.error("stands in a line item; write field or item");
  if (!is_of_item && field.scope == core::FieldScope::kItem)
    return value.error("belongs to the whole order; write field or order");
  return {};
}

// The parts of `order`, as they are read.
class OrderSection {
 public:
  explicit OrderSection(const YamlMap& map) : map_(map) {}

  base::Result<core::OrderMapping> read() {
    using core::FieldType;
    SALESTREAM_TRY(read_of_order("id", FieldType::kText, mapping_.id));
    SALESTREAM_TRY(read_of_order("client", FieldType::kText, mapping_.client));
    SALESTREAM_TRY(read_of_order("time", FieldType::kTime, mapping_.time));
    SALESTREAM_TRY(read_of_order("total", FieldType::kDecimal, mapping_.total));
    SALESTREAM_TRY(read_of_order("currency", FieldType::kText, mapping_.currency));
    SALESTREAM_TRY(read_line_items());
    SALESTREAM_TRY(read_product());
    SALESTREAM_TRY(read_quantity());
    SALESTREAM_TRY(read_of_item("price", mapping_.price));
    SALESTREAM_TRY(read_of_item("amount", mapping_.amount));
    SALESTREAM_TRY(check_apart(in_message_));
    SALESTREAM_TRY(check_apart(in_item_));
    return std::move(mapping_);
  }

 private:
  base::Status read_of_order(const char* key, core::FieldType type, std::optional<core::Field>& out) {
    const auto value = map_.find(key);
    if (!value) return {};
    SALESTREAM_ASSIGN(out, read_field(*value, type, false));
    const bool is_currency = &out == &mapping_.currency;
    if (!is_currency) SALESTREAM_TRY(check_scope(*value, *out, false));
    if (std::string_view(key) == "total" && !out->is_plain())
      return value->error("is compared and not counted; write the name of a field and nothing else");
    if (out->may_be_null && type == core::FieldType::kTime)
      return value->error("cannot be NULL; give it another default");
    const bool is_in_item = out->scope == core::FieldScope::kItem;
    add_paths(*value, *out, is_currency, is_in_item ? in_item_ : in_message_);
    return {};
  }

  base::Status read_of_item(const char* key, std::optional<core::Field>& out) {
    const auto value = map_.find(key);
    if (!value) return {};
    if (mapping_.product.is_element_itself())
      return value->error("cannot stand in a line item that is itself the product");
    SALESTREAM_ASSIGN(out, read_field(*value, core::FieldType::kDecimal, false));
    SALESTREAM_TRY(check_scope(*value, *out, true));
    if (out->may_be_null) return value->error("cannot be NULL; give it another default");
    add_paths(*value, *out, false, in_item_);
    return {};
  }

  base::Status read_line_items() {
    SALESTREAM_ASSIGN(const YamlValue items, map_.require("items"));
    SALESTREAM_ASSIGN(mapping_.items, read_items(items));
    if (!mapping_.items.is_message_itself()) in_message_.push_back({items, mapping_.items.path()});
    return {};
  }

  base::Status read_product() {
    SALESTREAM_ASSIGN(const YamlValue product, map_.require("product"));
    if (product.is_scalar()) {
      SALESTREAM_ASSIGN(const std::string text, product.text("the name of a field, or '.',"));
      if (text == ".") return {};
    }
    SALESTREAM_ASSIGN(mapping_.product, read_field(product, core::FieldType::kText, false));
    SALESTREAM_TRY(check_scope(product, mapping_.product, true));
    if (mapping_.product.may_be_null) return product.error("cannot be NULL; give it another default");
    add_paths(product, mapping_.product, false, in_item_);
    return {};
  }

  base::Status read_quantity() {
    SALESTREAM_ASSIGN(YamlValue quantity, map_.require("quantity"));
    if (quantity.member("map")) {
      SALESTREAM_ASSIGN(const YamlMap quantity_map, quantity.map("order.quantity"));
      SALESTREAM_ASSIGN(quantity, quantity_map.require("map"));
      mapping_.quantity_is_map = true;
    } else if (mapping_.product.is_element_itself()) {
      return quantity.error("cannot stand in a line item that is itself the product; write {map: NAME}");
    }
    SALESTREAM_ASSIGN(mapping_.quantity, read_field(quantity, core::FieldType::kDecimal, false));
    if (mapping_.quantity_is_map && !mapping_.quantity.is_plain())
      return quantity.error("is an object; write the name of a field and nothing else");
    if (mapping_.quantity.may_be_null) return quantity.error("cannot be NULL; give it another default");
    SALESTREAM_TRY(check_scope(quantity, mapping_.quantity, !mapping_.quantity_is_map));
    add_paths(quantity, mapping_.quantity, false, mapping_.quantity_is_map ? in_message_ : in_item_);
    return {};
  }

  const YamlMap& map_;
  core::OrderMapping mapping_;
  std::vector<WrittenPath> in_message_, in_item_;
};

}  // namespace

base::Result<core::OrderMapping> read_order(const YamlValue& order) {
  SALESTREAM_ASSIGN(const YamlMap map, order.map("order"));
  return OrderSection(map).read();
}

}  // namespace salestream::config
