// SPDX-License-Identifier: Apache-2.0
#include "generate/order_writer.h"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/json_writer.h"

namespace salestream::generate {
namespace {

constexpr std::size_t kMaxNumberBytes = 32;

char* put(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

char* put_quoted(std::string_view text, char* out) {
  *out++ = '"';
  out = put(text, out);
  *out++ = '"';
  return out;
}

char* put_integer(std::int64_t n, char* out) {
  if (n >= 0 && n < 10) {
    *out = static_cast<char>('0' + n);
    return out + 1;
  }
  return std::to_chars(out, out + kMaxNumberBytes, n).ptr;
}

}  // namespace

// The message as a tree of objects: a leaf has a value, everything else has fields, in the order they were added.
struct OrderWriter::Node {
  std::string name;
  std::optional<Value> value;
  std::string role;
  std::vector<Node> fields;
};

base::Status OrderWriter::add(Node& root, const core::FieldPath& path, Value value, const char* name) {
  const auto conflict = [&](const std::string& other) {
    return base::usage_error(std::string("no order can be written in this format: ") + name + " (" + path.text() +
                             ") and " + other + " stand in the same place of a message");
  };
  const auto any_role = [](const Node* node) {
    while (node->role.empty()) node = &node->fields.front();
    return node->role;
  };
  Node* node = &root;
  for (const std::string& step : path.steps) {
    if (node->value) return conflict(node->role);
    const auto found =
        std::find_if(node->fields.begin(), node->fields.end(), [&](const Node& f) { return f.name == step; });
    if (found == node->fields.end()) {
      node->fields.emplace_back().name = step;
      node = &node->fields.back();
    } else {
      node = &*found;
    }
  }
  if (node->value) return conflict(node->role);
  if (!node->fields.empty()) return conflict(any_role(node));
  node->value = value;
  node->role = name;
  return {};
}

void OrderWriter::compile(const Node& node, std::vector<Step>& steps, std::string& literal) {
  if (node.value) {
    steps.push_back({std::move(literal), *node.value});
    literal.clear();
    return;
  }
  literal += '{';
  bool first = true;
  for (const Node& field : node.fields) {
    if (!first) literal += ", ";
    first = false;
    literal += base::json_string(field.name) + ": ";
    compile(field, steps, literal);
  }
  literal += '}';
}

std::vector<OrderWriter::Step> OrderWriter::compile(const Node& root) {
  std::vector<Step> steps;
  std::string literal;
  compile(root, steps, literal);
  steps.push_back({std::move(literal), Value::kEnd});
  return steps;
}

base::Result<OrderWriter> OrderWriter::create(const core::OrderMapping& mapping,
                                              std::shared_ptr<const Catalogue> catalogue, Field left_out) {
  OrderWriter writer;
  Node order, item;
  if (mapping.id) SALESTREAM_TRY(add(order, mapping.id->path(), Value::kId, "id"));
  if (mapping.client) SALESTREAM_TRY(add(order, mapping.client->path(), Value::kClient, "client"));
  if (left_out != Field::kItems) SALESTREAM_TRY(add(order, mapping.items.path(), Value::kItems, "items"));
  if (mapping.quantity_is_map && left_out != Field::kQuantity)
    SALESTREAM_TRY(add(order, mapping.quantity.path(), Value::kQuantityMap, "quantity"));
  if (mapping.total) SALESTREAM_TRY(add(order, mapping.total->path(), Value::kTotal, "total"));
  if (mapping.time) SALESTREAM_TRY(add(order, mapping.time->path(), Value::kTime, "time"));

  if (left_out != Field::kProduct) SALESTREAM_TRY(add(item, mapping.product.path(), Value::kProduct, "product"));
  if (!mapping.quantity_is_map && left_out != Field::kQuantity)
    SALESTREAM_TRY(add(item, mapping.quantity.path(), Value::kQuantity, "quantity"));
  if (mapping.price && left_out != Field::kPrice)
    SALESTREAM_TRY(add(item, mapping.price->path(), Value::kPrice, "price"));

  writer.order_steps_ = compile(order);
  writer.item_steps_ = compile(item);
  writer.catalogue_ = std::move(catalogue);
  writer.has_quantity_map_ = mapping.quantity_is_map;

  std::size_t order_bytes = 256, item_bytes = 2 * writer.catalogue_->max_json_name_bytes() + 3 * kMaxNumberBytes + 8;
  for (const Step& step : writer.order_steps_) order_bytes += step.literal.size();
  for (const Step& step : writer.item_steps_) item_bytes += step.literal.size();
  writer.max_order_bytes_ = order_bytes + kMaxItems * item_bytes;
  return writer;
}

std::size_t OrderWriter::write(const GeneratedOrder& order, char* out, const Flaw* flaw) const {
  char* const begin = out;
  for (const Step& step : order_steps_) {
    out = put(step.literal, out);
    switch (step.value) {
      case Value::kId: out = put_quoted(order.id_text(), out); break;
      case Value::kClient: out = put_quoted(order.client_text(), out); break;
      case Value::kTime: out = put_quoted(order.time_text(), out); break;
      case Value::kTotal: out = write_float(order.total, out); break;
      case Value::kItems: out = write_items(order, out, flaw); break;
      case Value::kQuantityMap: out = write_quantity_map(order, out, flaw); break;
      case Value::kProduct:
      case Value::kQuantity:
      case Value::kPrice:
      case Value::kEnd: break;
    }
  }
  return static_cast<std::size_t>(out - begin);
}

char* OrderWriter::write_items(const GeneratedOrder& order, char* out, const Flaw* flaw) const {
  if (flaw && flaw->where == Flaw::Where::kItems) return put(flaw->text, out);
  *out++ = '[';
  for (int i = 0; i < order.item_count; ++i) {
    const GeneratedItem& item = order.items[i];
    const auto flawed = [&](Flaw::Where where) { return flaw && flaw->where == where && flaw->item == i; };
    if (i > 0) out = put(", ", out);
    for (const Step& step : item_steps_) {
      out = put(step.literal, out);
      switch (step.value) {
        case Value::kProduct:
          out = flawed(Flaw::Where::kProduct) ? put(flaw->text, out) : catalogue_->write_json_name(item.product, out);
          break;
        case Value::kQuantity:
          out = flawed(Flaw::Where::kQuantity) ? put(flaw->text, out) : put_integer(item.quantity, out);
          break;
        case Value::kPrice:
          out = flawed(Flaw::Where::kPrice) ? put(flaw->text, out) : write_cents(item.price_cents, out);
          break;
        default: break;
      }
    }
  }
  *out++ = ']';
  return out;
}

char* OrderWriter::write_quantity_map(const GeneratedOrder& order, char* out, const Flaw* flaw) const {
  *out++ = '{';
  bool first = true;
  for (int i = 0; i < order.item_count; ++i) {
    const GeneratedItem& item = order.items[i];
    const auto is_same = [&](const GeneratedItem& other) { return other.product == item.product; };
    if (std::any_of(order.items.begin(), order.items.begin() + i, is_same)) continue;
    const bool flawed = flaw && order.items[flaw->item].product == item.product;
    if (flawed && flaw->where == Flaw::Where::kQuantityOfMapLeftOut) continue;
    if (!first) out = put(", ", out);
    first = false;
    out = catalogue_->write_json_name(item.product, out);
    out = put(": ", out);
    out = flawed && flaw->where == Flaw::Where::kQuantity ? put(flaw->text, out) : put_integer(item.quantity, out);
  }
  *out++ = '}';
  return out;
}

char* write_float(double value, char* out) {
  char* const end = std::to_chars(out, out + kMaxNumberBytes - 2, value, std::chars_format::fixed).ptr;
  return std::find(out, end, '.') == end ? put(".0", end) : end;
}

char* write_cents(std::int64_t cents, char* out) {
  out = put_integer(cents / 100, out);
  const auto rest = static_cast<int>(cents % 100);
  *out++ = '.';
  *out++ = static_cast<char>('0' + rest / 10);
  if (rest % 10 != 0) *out++ = static_cast<char>('0' + rest % 10);
  return out;
}

}  // namespace salestream::generate
