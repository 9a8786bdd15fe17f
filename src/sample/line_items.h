// SPDX-License-Identifier: Apache-2.0
// Where the line items of a sample's orders stand: the places that could be it, and the likeliest. Pure; any thread.
#pragma once

#include <cstddef>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "core/field.h"
#include "sample/document.h"
#include "sample/seen_fields.h"

namespace salestream::sample {

enum class ItemsKind : unsigned char { kArray, kObject, kMessage, kJsonText, kNames };

struct LineItems {
  core::ItemsPath path;
  ItemsKind kind = ItemsKind::kArray;
  std::vector<const Value*> items;
  std::vector<std::size_t> orders;    // of each item: the place of its message among the documents
  std::vector<std::size_t> messages;  // that have the place, be it empty
  std::size_t misfits = 0;            // elements that are no objects (of kNames: no texts)
  // Of kNames: the object that maps them to quantities.
  std::optional<core::FieldPath> quantities;
};

// Texts that hold JSON, read; they live as long as what points into them.
using InnerDocuments = std::deque<Value>;

// Nothing: no place has line items, since none has something like a product beside a quantity or a price.
std::optional<LineItems> find_line_items(const std::vector<const Value*>& documents, InnerDocuments& inner,
                                         DocumentReader& reader);

}  // namespace salestream::sample
