// SPDX-License-Identifier: Apache-2.0
// Orders as JSON in a pipeline's own format, which is what its OrderMapping says and nothing else. The format is
// compiled once into literals with values between them; writing allocates nothing.
// Immutable once made; any thread.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "generate/order_generator.h"

namespace salestream::generate {

// Something in an order that must not be written as it is.
struct Flaw {
  enum class Where : std::uint8_t { kItems, kProduct, kQuantity, kPrice, kQuantityOfMapLeftOut };
  Where where = Where::kItems;
  int item = 0;           // which one; not for kItems
  std::string_view text;  // JSON, or what is meant to be none, in the value's place; not for kQuantityOfMapLeftOut
};

class OrderWriter {
 public:
  // The fields that decide the totals.
  enum class Field : std::uint8_t { kNone, kItems, kProduct, kQuantity, kPrice };

  // A writer for orders of `catalogue`, which it shares; an error when no message can have two of the fields at once,
  // such as one path that goes on where another ends. `left_out` is missing from what it writes.
  static base::Result<OrderWriter> create(const core::OrderMapping& mapping, std::shared_ptr<const Catalogue> catalogue,
                                          Field left_out = Field::kNone);

  // More than any order takes, without a flaw.
  std::size_t max_order_bytes() const { return max_order_bytes_; }

  // Writes one line without a line end to `out`, where max_order_bytes() plus the flaw's text have room.
  // Returns its size.
  std::size_t write(const GeneratedOrder& order, char* out, const Flaw* flaw = nullptr) const;

  bool has_quantity_map() const { return has_quantity_map_; }

 private:
  enum class Value : std::uint8_t {
    kId,
    kClient,
    kTime,
    kTotal,
    kItems,
    kQuantityMap,
    kProduct,
    kQuantity,
    kPrice,
    kEnd
  };
  struct Step {  // a literal and the value after it
    std::string literal;
    Value value = Value::kEnd;
  };
  struct Node;

  OrderWriter() = default;
  static base::Status add(Node& root, const core::FieldPath& path, Value value, const char* name);
  static void compile(const Node& node, std::vector<Step>& steps, std::string& literal);
  static std::vector<Step> compile(const Node& root);

  char* write_items(const GeneratedOrder& order, char* out, const Flaw* flaw) const;
  char* write_quantity_map(const GeneratedOrder& order, char* out, const Flaw* flaw) const;

  std::shared_ptr<const Catalogue> catalogue_;
  std::vector<Step> order_steps_;
  std::vector<Step> item_steps_;
  std::size_t max_order_bytes_ = 0;
  bool has_quantity_map_ = false;
};

// What Python's repr() of a float says, for 0 and 0.0001 to 10^16: the shortest digits that read back as `value`,
// with a fraction. Returns the end; at most 32 bytes.
char* write_float(double value, char* out);

// An amount of whole cents in the same form: 49.9, 23.45, 50.0.
char* write_cents(std::int64_t cents, char* out);

}  // namespace salestream::generate
