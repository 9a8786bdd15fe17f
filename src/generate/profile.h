// SPDX-License-Identifier: Apache-2.0
// What the generated shop sells, when, and to how many: plain values that a pipeline file or a command line can fill,
// and the two catalogues that come with the program. Nothing here knows a message format. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salestream::generate {

struct Product {
  std::string name;
  std::int64_t price_cents = 0;  // 0: made from the name, so that it is the same wherever the name stands
  double weight = 0;             // its share of the sales; 0: by its place in the list (Zipf)
};

struct GeneratorProfile {
  std::vector<Product> products;         // the best-selling first
  std::int64_t numbered_products = 0;    // more than 0: `Product 000001` up to this number, instead of `products`
  std::string base_date = "2025-01-06";  // the day of the first orders, a year-month-day
  std::int64_t orders_per_day = 28'800;  // of one partition, on average: one every three seconds
  std::int64_t clients = 100'000;        // a few of them buy often
};

inline constexpr std::int64_t kMaxNumberedProducts = 100'000'000;

// A catalogue that comes with the program: "english" or "portuguese".
base::Result<std::vector<Product>> built_in_catalogue(std::string_view name);

// The profile for a pipeline. `catalogue` is a built-in catalogue's name or empty: then the built-in one that has all
// `keep_products` (whole, since what `keep` leaves out belongs to real orders too), or else just the `keep_products`,
// or else "english". With `products` > 0 the first so many are used, and numbered ones when the catalogue has fewer.
base::Result<GeneratorProfile> choose_profile(std::string_view catalogue, const std::vector<std::string>& keep_products,
                                              std::int64_t products);

// Whether orders can be generated from it; says what is wrong.
base::Status check(const GeneratorProfile& profile);

}  // namespace salestream::generate
