// SPDX-License-Identifier: Apache-2.0
// The objects that fields stand in, from the outside in, and what Spark SQL has to ask of them. One instance for the
// order, one for its line items. Not thread-safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"

namespace salestream::spark {

// from_json's options: JSON as RFC 8259 has it.
inline constexpr std::string_view kJsonOptions = "map('allowSingleQuotes', 'false', 'allowNonNumericNumbers', 'false')";

class Objects {
 public:
  // The text of the object with this number, "o0" for the outermost: what each step calls its column or field.
  static std::string name_of(std::size_t object) { return "o" + std::to_string(object); }

  // `prefix`: what stands before an object's name: "" or "i.".
  explicit Objects(std::string prefix) : prefix_(std::move(prefix)) {}

  void add(const core::FieldPath& field, bool required);

  // The marked text of a field; `field` was added, and has a step at least.
  std::string value_of(const core::FieldPath& field) const;

  // How many objects stand in each other at most, less one: each needs a step of its own.
  std::size_t depth() const;
  // Those at this depth, each as `from_json(…)` and the name it gets.
  struct Inner {
    std::string sql, name;
  };
  std::vector<Inner> inner_objects(std::size_t depth) const;
  std::vector<std::string> names_above(std::size_t depth) const;

  // "WHEN … THEN 'duplicate_field' …": what is wrong with the objects and with what must be in them, a line each.
  std::vector<std::string> faults() const;

 private:
  struct Field {
    std::string name;
    bool required = false;
    std::size_t inner = 0;  // the object that it is; 0: another value
  };
  struct Node {
    std::size_t parent = 0;
    std::size_t depth = 0;
    std::string name;  // in its parent
    std::vector<Field> fields;
  };

  std::string text_of(std::size_t node) const { return prefix_ + name_of(node); }
  std::size_t find(const core::FieldPath& field) const;

  std::string prefix_;
  std::vector<Node> nodes_ = std::vector<Node>(1);
};

}  // namespace salestream::spark
