// SPDX-License-Identifier: Apache-2.0
#include "generate/profile.h"

#include <algorithm>
#include <set>

#include "core/order.h"
#include "generate/order_generator.h"

namespace salestream::generate {
namespace {

struct Entry {
  const char* name;
  std::int64_t price_cents;
};

// In the order of how well they sell.
constexpr Entry kEnglish[] = {
    {"Smartphone", 219'900}, {"USB Cable", 1'990},   {"Headphones", 17'990},     {"Mouse", 7'990},
    {"Charger", 5'990},      {"Keyboard", 14'990},   {"Laptop", 389'900},        {"Smartwatch", 89'900},
    {"SSD", 34'990},         {"Webcam", 19'949},     {"Tablet", 159'900},        {"Monitor", 99'990},
    {"Speaker", 24'995},     {"RAM", 29'990},        {"Hard Drive", 38'945},     {"Printer", 74'900},
    {"Camera", 269'999},     {"Processor", 119'999}, {"Graphics Card", 249'990}, {"Motherboard", 84'985},
};
constexpr Entry kPortuguese[] = {
    {"Teclado", 14'990}, {"Mouse", 7'990},      {"Impressora", 74'900},
    {"Headset", 17'990}, {"Notebook", 389'900}, {"Monitor", 99'990},
};

template <std::size_t N>
std::vector<Product> products_of(const Entry (&entries)[N]) {
  std::vector<Product> products;
  for (const Entry& entry : entries) products.push_back({entry.name, entry.price_cents, 0});
  return products;
}

bool has_all(const std::vector<Product>& products, const std::vector<std::string>& names) {
  return std::all_of(names.begin(), names.end(), [&](const std::string& name) {
    return std::any_of(products.begin(), products.end(), [&](const Product& p) { return p.name == name; });
  });
}

std::vector<Product> default_products(const std::vector<std::string>& keep_products) {
  for (const auto& products : {products_of(kEnglish), products_of(kPortuguese)})
    if (has_all(products, keep_products)) return products;
  std::vector<Product> products;
  for (const std::string& name : keep_products) products.push_back({name, 0, 0});
  return products;
}

}  // namespace

base::Result<std::vector<Product>> built_in_catalogue(std::string_view name) {
  if (name == "english") return products_of(kEnglish);
  if (name == "portuguese") return products_of(kPortuguese);
  return base::usage_error("there is no catalogue '" + std::string(name) + "': expected english or portuguese");
}

base::Result<GeneratorProfile> choose_profile(std::string_view catalogue, const std::vector<std::string>& keep_products,
                                              std::int64_t products) {
  GeneratorProfile profile;
  if (catalogue.empty()) {
    profile.products = default_products(keep_products);
  } else {
    SALESTREAM_ASSIGN(profile.products, built_in_catalogue(catalogue));
  }
  if (products < 0) return base::usage_error("the number of products can't be negative");
  if (products > static_cast<std::int64_t>(profile.products.size()))
    profile.numbered_products = products;
  else if (products > 0)
    profile.products.resize(static_cast<std::size_t>(products));
  SALESTREAM_TRY(check(profile));
  return profile;
}

base::Status check(const GeneratorProfile& profile) {
  if (profile.numbered_products < 0 || profile.numbered_products > kMaxNumberedProducts)
    return base::usage_error("the number of products must be between 1 and " + std::to_string(kMaxNumberedProducts));
  if (profile.numbered_products == 0 && profile.products.empty())
    return base::usage_error("there are no products to make orders of");
  std::set<std::string_view> names;
  for (const Product& product : profile.products) {
    if (product.name.empty() || product.name.size() > core::kMaxKeyBytes)
      return base::usage_error("a product's name must have between 1 and " + std::to_string(core::kMaxKeyBytes) +
                               " bytes");
    if (!names.insert(product.name).second)
      return base::usage_error("the product '" + product.name + "' stands twice in the list of products");
    if (product.price_cents < 0 || product.price_cents > 100'000'000)
      return base::usage_error("the price of '" + product.name + "' must be between 0.01 and 1000000.00");
    if (!(product.weight >= 0 && product.weight <= 1e9))
      return base::usage_error("the weight of '" + product.name + "' must be between 0 and 10^9");
  }
  if (profile.orders_per_day < 1 || profile.orders_per_day > 1'000'000'000)
    return base::usage_error("orders per day must be between 1 and 1000000000");
  if (profile.clients < 1 || profile.clients > 1'000'000'000)
    return base::usage_error("the number of clients must be between 1 and 1000000000");
  if (!parse_date(profile.base_date))
    return base::usage_error("'" + profile.base_date +
                             "' is not a date: expected year-month-day, such as 2025-01-06, "
                             "between 1980 and 2199");
  return {};
}

}  // namespace salestream::generate
