// SPDX-License-Identifier: Apache-2.0
#include "generate/order_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>

namespace salestream::generate {
namespace {

using ::testing::HasSubstr;

GeneratorProfile english() { return *choose_profile("english", {}, 0); }

// The check digits by the rule as the tax office states it, apart from the generator's own arithmetic.
bool is_valid_cpf(std::string_view text) {
  if (text.size() != 14 || text[3] != '.' || text[7] != '.' || text[11] != '-') return false;
  std::string digits;
  for (const char c : text)
    if (c >= '0' && c <= '9') digits += c;
  if (digits.size() != 11 || digits.find_first_not_of(digits[0]) == std::string::npos) return false;
  const auto check_digit = [&](int count) {
    int sum = 0;
    for (int i = 0, weight = count + 1; i < count; ++i, --weight) sum += (digits[i] - '0') * weight;
    return static_cast<char>('0' + sum * 10 % 11 % 10);
  };
  return digits[9] == check_digit(9) && digits[10] == check_digit(10);
}

TEST(Cpf, TestItselfKnowsARealOne) {
  EXPECT_TRUE(is_valid_cpf("529.982.247-25"));
  EXPECT_FALSE(is_valid_cpf("529.982.247-26"));
  EXPECT_FALSE(is_valid_cpf("111.111.111-11"));
}

TEST(OrderGenerator, ClientsHaveValidCpfsAndSomeComeBack) {
  const OrderGenerator generator(english(), 1, false);
  GeneratedOrder order;
  std::map<std::string, int> clients;
  for (core::Offset offset = 0; offset < 50'000; ++offset) {
    generator.make(0, offset, order);
    ASSERT_TRUE(is_valid_cpf(order.client_text())) << order.client_text();
    ++clients[std::string(order.client_text())];
  }
  EXPECT_GT(clients.size(), 10'000U);
  EXPECT_LT(clients.size(), 40'000U);
}

TEST(OrderGenerator, OrderIsAPureFunctionOfItsPlace) {
  const OrderGenerator generator(english(), 42, false), again(english(), 42, false);
  const auto same = [](const GeneratedOrder& a, const GeneratedOrder& b) {
    if (a.id != b.id || a.client != b.client || a.time != b.time || a.total != b.total || a.item_count != b.item_count)
      return false;
    return std::equal(a.items.begin(), a.items.begin() + a.item_count, b.items.begin(),
                      [](const auto& x, const auto& y) {
                        return x.product == y.product && x.quantity == y.quantity && x.price_cents == y.price_cents;
                      });
  };
  std::vector<GeneratedOrder> in_order(500);
  for (std::size_t i = 0; i < in_order.size(); ++i) generator.make(3, static_cast<core::Offset>(i), in_order[i]);
  GeneratedOrder order;
  for (std::size_t i = in_order.size(); i-- > 0;) {
    again.make(3, static_cast<core::Offset>(i), order);
    ASSERT_TRUE(same(order, in_order[i])) << i;
  }
  std::set<std::string> ids;
  for (int partition = 0; partition < 4; ++partition)
    for (core::Offset offset = 0; offset < 1000; ++offset) {
      generator.make(partition, offset, order);
      ids.insert(std::string(order.id_text()));
    }
  EXPECT_EQ(ids.size(), 4000U);
  generator.make(0, 1'000'000'000'000, order);  // far away, as near as any
  EXPECT_EQ(order.time_text().size(), 19U);
  const OrderGenerator other_seed(english(), 43, false);
  other_seed.make(3, 0, order);
  EXPECT_FALSE(same(order, in_order[0]));
}

// What an order looks like is part of what crash tests and truths rely on: it changes only on purpose.
TEST(OrderGenerator, IdIsAVersion4Uuid) {
  const OrderGenerator generator(english(), 1, false);
  GeneratedOrder order;
  for (core::Offset offset = 0; offset < 200; ++offset) {
    generator.make(0, offset, order);
    const std::string_view id = order.id_text();
    for (const std::size_t dash : {8U, 13U, 18U, 23U}) EXPECT_EQ(id[dash], '-');
    EXPECT_EQ(id[14], '4');
    EXPECT_THAT("89ab", HasSubstr(std::string(1, id[19])));
    EXPECT_EQ(std::count_if(id.begin(), id.end(), [](char c) { return std::isxdigit(c) && !std::isupper(c); }), 32);
  }
}

TEST(OrderGenerator, SomeProductsSellFarMoreThanOthers) {
  const OrderGenerator generator(english(), 1, false);
  std::vector<int> sold(generator.catalogue().size());
  std::vector<int> sizes(kMaxItems + 1);
  int items = 0, single = 0, same_twice = 0;
  const int orders = 100'000;
  GeneratedOrder order;
  for (core::Offset offset = 0; offset < orders; ++offset) {
    generator.make(0, offset, order);
    ASSERT_GE(order.item_count, 1);
    ++sizes[order.item_count];
    std::set<std::uint32_t> products;
    for (int i = 0; i < order.item_count; ++i) {
      ++sold[order.items[i].product];
      ++items;
      single += order.items[i].quantity == 1;
      ASSERT_GE(order.items[i].quantity, 1);
      products.insert(order.items[i].product);
    }
    same_twice += products.size() < static_cast<std::size_t>(order.item_count);
  }
  const auto [least, most] = std::minmax_element(sold.begin(), sold.end());
  EXPECT_GT(*least, 500);
  EXPECT_GT(*most, 5 * *least);
  EXPECT_GT(sizes[1] + sizes[2] + sizes[3], orders * 9 / 10);
  EXPECT_GT(sizes[8], 0);
  EXPECT_GT(single, items * 3 / 4);
  EXPECT_LT(single, items);
  EXPECT_GT(same_twice, 0);
  EXPECT_LT(same_twice, orders / 50);
}

TEST(OrderGenerator, ProductsSellByTheirWeights) {
  GeneratorProfile profile;
  profile.products = {{"a", 100, 1}, {"b", 100, 2}, {"c", 100, 7}};
  const Catalogue catalogue(profile);
  Random random(1, Random::Stream::kOrder, 0, 0);
  std::array<int, 3> drawn{};
  for (int i = 0; i < 100'000; ++i) ++drawn[catalogue.draw(random)];
  EXPECT_NEAR(drawn[0], 10'000, 500);
  EXPECT_NEAR(drawn[1], 20'000, 700);
  EXPECT_NEAR(drawn[2], 70'000, 900);
}

TEST(OrderGenerator, PriceBelongsToTheProductWithinAFewPercent) {
  GeneratorProfile profile = english();
  profile.orders_per_day = 2'000;
  const OrderGenerator generator(profile, 1, false);
  std::map<std::uint32_t, std::set<std::int64_t>> prices;
  GeneratedOrder order;
  for (core::Offset offset = 0; offset < 400'000; ++offset) {
    generator.make(0, offset, order);
    for (int i = 0; i < order.item_count; ++i) prices[order.items[i].product].insert(order.items[i].price_cents);
  }
  for (const auto& [product, all] : prices) {
    const auto base = static_cast<double>(generator.catalogue().base_price_cents(product));
    EXPECT_EQ(all.count(generator.catalogue().base_price_cents(product)), 1U);
    EXPECT_GE(*all.begin(), base * 0.899);
    EXPECT_LE(*all.rbegin(), base * 1.031);
  }
}

TEST(OrderGenerator, DaysHavePeaksAndWeekendsDiffer) {
  GeneratorProfile profile = english();
  profile.orders_per_day = 2'000;
  const OrderGenerator generator(profile, 1, false);
  std::array<std::array<int, 24>, 7> orders{};
  GeneratedOrder order;
  std::int64_t before = 0;
  int out_of_order = 0;
  for (core::Offset offset = 0; offset < profile.orders_per_day * 70; ++offset) {
    generator.make(0, offset, order);
    ++orders[(order.time_s / 86'400 + 3) % 7][order.time_s % 86'400 / 3600];
    out_of_order += order.time_s < before;
    before = order.time_s;
  }
  EXPECT_GT(out_of_order, 100);
  const auto& tuesday = orders[1];
  EXPECT_GT(tuesday[12], 10 * tuesday[3]);
  EXPECT_GT(tuesday[12], tuesday[15] * 5 / 4);
  EXPECT_GT(tuesday[20], tuesday[16] * 3 / 2);
  const auto& saturday = orders[5];
  EXPECT_LT(saturday[20], tuesday[20] * 3 / 4);
  EXPECT_LT(saturday[7], tuesday[7]);
}

TEST(OrderGenerator, TimesBeginAtTheBaseDate) {
  GeneratorProfile profile = english();
  profile.base_date = "2024-02-29";
  GeneratedOrder order;
  OrderGenerator(profile, 1, false).make(0, 0, order);
  const std::string first(order.time_text());
  EXPECT_TRUE(first.substr(0, 14) == "2024-02-29T08:" || first.substr(0, 14) == "2024-02-29T09:") << first;
  order.set_time(1'709'251'199);
  EXPECT_EQ(order.time_text(), "2024-02-29T23:59:59");
}

TEST(OrderGenerator, OneQuantityPerProductWhereAMapHasThem) {
  GeneratorProfile profile;
  profile.products = {{"a", 1'000, 0}, {"b", 1'000, 0}};
  const OrderGenerator generator(profile, 1, true);
  GeneratedOrder order;
  int same_twice = 0;
  for (core::Offset offset = 0; offset < 50'000; ++offset) {
    generator.make(0, offset, order);
    for (int i = 0; i < order.item_count; ++i)
      for (int j = 0; j < i; ++j) {
        if (order.items[i].product != order.items[j].product) continue;
        ++same_twice;
        ASSERT_EQ(order.items[i].quantity, order.items[j].quantity);
      }
  }
  EXPECT_GT(same_twice, 0);
}

TEST(OrderGenerator, AMillionProductsHaveNamesAndPricesOfTheirOwn) {
  const GeneratorProfile profile = *choose_profile("", {}, 1'000'000);
  const OrderGenerator generator(profile, 1, false);
  EXPECT_EQ(generator.catalogue().size(), 1'000'000U);
  EXPECT_EQ(generator.catalogue().name(0), "Product 000001");
  EXPECT_EQ(generator.catalogue().name(999'999), "Product 1000000");
  std::set<std::uint32_t> sold;
  GeneratedOrder order;
  for (core::Offset offset = 0; offset < 200'000; ++offset) {
    generator.make(0, offset, order);
    for (int i = 0; i < order.item_count; ++i) {
      ASSERT_LT(order.items[i].product, 1'000'000U);
      sold.insert(order.items[i].product);
      ASSERT_GE(order.items[i].price_cents, 900);
      ASSERT_LE(order.items[i].price_cents, 520'000);
    }
  }
  EXPECT_GT(sold.size(), 100'000U);
}

TEST(GeneratorProfile, CatalogueFollowsKeepOrIsNamed) {
  EXPECT_EQ(choose_profile("", {}, 0)->products.size(), 20U);
  EXPECT_EQ(choose_profile("portuguese", {}, 0)->products.size(), 6U);
  EXPECT_EQ(choose_profile("", {"Laptop", "Mouse"}, 0)->products.size(), 20U);
  EXPECT_EQ(choose_profile("", {"Teclado", "Mouse"}, 0)->products.size(), 6U);
  const auto own = choose_profile("", {"Pão", "Café"}, 0);
  ASSERT_EQ(own->products.size(), 2U);
  EXPECT_EQ(own->products[1].name, "Café");
  EXPECT_GE(Catalogue(*own).base_price_cents(1), 1'000);
  EXPECT_EQ(choose_profile("english", {}, 5)->products.size(), 5U);
  EXPECT_EQ(choose_profile("english", {}, 21)->numbered_products, 21);
}

TEST(GeneratorProfile, SaysWhatIsWrong) {
  EXPECT_THAT(choose_profile("klingon", {}, 0).error().message, HasSubstr("expected english or portuguese"));
  EXPECT_EQ(choose_profile("klingon", {}, 0).error().kind, base::ErrorKind::kUsage);
  EXPECT_FALSE(choose_profile("", {}, -1).ok());
  EXPECT_FALSE(choose_profile("", {}, kMaxNumberedProducts + 1).ok());
  const auto fails = [](auto change) {
    GeneratorProfile profile = english();
    change(profile);
    return !check(profile).ok();
  };
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.products.clear(); }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.products.push_back({"Mouse", 1, 0}); }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.products[0].name.clear(); }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.products[0].price_cents = -1; }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.products[0].weight = -1; }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.base_date = "2025-02-29"; }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.base_date = "yesterday"; }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.orders_per_day = 0; }));
  EXPECT_TRUE(fails([](GeneratorProfile& p) { p.clients = 0; }));
  EXPECT_FALSE(fails([](GeneratorProfile&) {}));
}

}  // namespace
}  // namespace salestream::generate
