// SPDX-License-Identifier: Apache-2.0
// What a pipeline file of a sample's orders would say: a guess by names and values, with its reasons, for a person to
// correct. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/field.h"
#include "sample/document.h"

namespace salestream::sample {

// A value of the order or of a line item, and why it is so.
struct Place {
  std::vector<core::FieldPath> paths;
  bool is_of_item = false;              // of a currency, and of `fields`
  std::optional<std::string> fallback;  // JSON, as it stands in YAML: 1, null, a text without quotes
  core::TimeUnit unit = core::TimeUnit::kBySize;
  int scale_digits = 0;
  bool is_scaled_by_currency = false;
  std::string type = {};     // of `fields`; empty: text
  std::string comment = {};  // in one line; may hold names from messages
};

struct NamedPlace {
  std::string name;
  Place place;
};

struct Proposal {
  bool is_of_changes = false;  // the messages are changes of rows, as Debezium writes them
  core::ItemsPath items;
  std::string items_comment;
  std::optional<core::FieldPath> quantity_map;  // then a line item is itself the product
  std::optional<Place> id, client, time, currency, product, quantity, price, amount;
  std::optional<Place> total;
  bool is_total_compared = true;  // false: it stands in a comment
  bool has_days = false;          // every order has a time
  bool allow_returns = false;
  std::string returns_comment;
  std::vector<NamedPlace> fields;
  std::string where;                     // a condition; empty: none
  std::vector<std::string> suggestions;  // lines of YAML, as comments

  bool has_revenue() const { return price || amount; }
};

// An error says what the documents are where they are no orders. `documents`: objects, one a message.
base::Result<Proposal> propose(const std::vector<const Value*>& documents, DocumentReader& reader);

}  // namespace salestream::sample
