// SPDX-License-Identifier: Apache-2.0
// What docs/fields.md says, sentence by sentence, as cases: a pipeline file, messages, and the keys that each gives, or
// the reason why it is rejected. Tests only; whatever reads orders can be held to them.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace salestream::audit::fixture {

struct MappedCase {
  std::string message;
  // Of each line item "KEY: QUANTITY", or "KEY: QUANTITY REVENUE" where the order has revenue; "left out"; or a reason.
  // Of a change also "was " and what is subtracted, and "; is " before what is counted.
  std::string expected;
  std::string key = {};                                  // Kafka's; empty: none
  std::int64_t timestamp_ms = -1;                        // -1: none
  std::vector<std::optional<std::string>> headers = {};  // of Definition::headers
};

// Messages of one pipeline file.
struct MappedCases {
  std::string says;             // in the words of docs/fields.md
  std::string file;             // what the pipeline file has beside its totals
  std::vector<std::string> by;  // of its only table
  std::vector<MappedCase> cases;
};

// The usual line items, with `more` of the order and `top` of the file.
inline std::string file_with(const std::string& more, const std::string& top = "") {
  return "order: {items: items, product: p, quantity: q" + (more.empty() ? "" : ", " + more) + "}\n" + top;
}

inline std::string order_with(const std::string& fields, const std::string& of_item = "") {
  return "{" + fields + (fields.empty() ? "" : ", ") + "\"items\": [{\"p\": \"Mouse\", \"q\": 2" +
         (of_item.empty() ? "" : ", " + of_item) + "}]}";
}

inline std::string of_order(const std::string& field) { return file_with("", "fields: {x: " + field + "}\n"); }

inline std::string nested(const std::string& open, const std::string& close, int levels) {
  std::string text;
  for (int i = 0; i < levels; ++i) text += open;
  for (int i = 0; i < levels; ++i) text += close;
  return text;
}

std::vector<MappedCases> places_cases();
std::vector<MappedCases> type_cases();
std::vector<MappedCases> items_cases();
std::vector<MappedCases> money_cases();
std::vector<MappedCases> condition_cases();
std::vector<MappedCases> order_of_faults_cases();
std::vector<MappedCases> change_cases();

}  // namespace salestream::audit::fixture
