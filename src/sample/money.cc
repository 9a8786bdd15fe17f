// SPDX-License-Identifier: Apache-2.0
#include "sample/money.h"

#include <cstddef>
#include <cstdlib>
#include <set>

#include "base/logging.h"
#include "sample/names.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMaxShownLeafBytes = 60;
constexpr double kLeastCents = 100;

struct Values {
  std::size_t count = 0;
  std::size_t large = 0;        // of 100 and more, and those that are zero, which say nothing
  std::size_t like_prices = 0;  // that end as prices in cents do: 4990, 1999, 995
  std::set<std::string> different;
};

Values values_of(const SeenField& money) {
  Values out;
  for (const Seen& seen : money.values) {
    if (!seen.value->is_there()) continue;
    const std::string& text = seen.value->text;
    const double number = std::abs(std::strtod(text.c_str(), nullptr));
    ++out.count;
    out.large += number == 0 || number >= kLeastCents;
    out.like_prices += text.ends_with("90") || text.ends_with("99") || text.ends_with("95");
    out.different.insert(text);
  }
  return out;
}

}  // namespace

std::string minor_units_because(const SeenField& money) {
  // Stripe's, which has fractions of a cent.
  if (squashed(money.leaf()) == "unitamountdecimal") return "by its name";
  if (!money.is_whole()) return {};
  for (const Seen& seen : money.values)  // 100.00 is a price with its cents
    if (seen.value->text.find_first_of(".eE") != std::string::npos) return {};
  const Values values = values_of(money);
  if (values.large < values.count) return {};
  if (says_minor_units(money.leaf()))
    return "whole numbers by the name of " + base::printable(money.leaf(), kMaxShownLeafBytes);
  if (values.different.size() > 1 && 2 * values.like_prices >= values.count)
    return "whole numbers that end as prices in cents do";
  return {};
}

}  // namespace salestream::sample
