// SPDX-License-Identifier: Apache-2.0
// What the tests of this layer share: an environment of their own, and a good pipeline file to spoil. Tests only.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "config/pipeline_file.h"

namespace salestream::config::testing {

inline Environment environment_of(std::map<std::string, std::string> variables) {
  return [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
    const auto at = variables.find(std::string(name));
    if (at == variables.end()) return std::nullopt;
    return at->second;
  };
}

// Every line stands where the tests below say that it does.
inline constexpr std::string_view kGood =
    "pipeline: shop\n"                                        // 1
    "source:\n"                                               // 2
    "  file: orders.jsonl\n"                                  // 3
    "order:\n"                                                // 4
    "  items: products\n"                                     // 5
    "  product: name\n"                                       // 6
    "  quantity: n\n"                                         // 7
    "  price: price\n"                                        // 8
    "  client: buyer\n"                                       // 9
    "  total: sum\n"                                          // 10
    "totals:\n"                                               // 11
    "  sales:\n"                                              // 12
    "    by: [product]\n"                                     // 13
    "    columns: {product_name: product, total: revenue}\n"  // 14
    "store:\n"                                                // 15
    "  sqlite: sales.db\n";                                   // 16

// kGood with the first `from` replaced; the empty text means: at the end.
inline std::string good_with(std::string_view from, std::string_view to) {
  std::string text(kGood);
  if (from.empty()) return text.append(to);
  const std::size_t at = text.find(from);
  if (at == std::string::npos) return "the test looks for what is not there: " + std::string(from);
  return text.replace(at, from.size(), to);
}

inline std::string error_of(std::string_view text, const Environment& environment = environment_of({})) {
  const auto file = parse_pipeline_file(text, "x.yaml", environment);
  if (file.ok()) return "no error";
  return file.error().kind == base::ErrorKind::kUsage ? file.error().message : "not a usage error";
}

}  // namespace salestream::config::testing
