// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "core/cell.h"
#include "core/definition.h"
#include "core/message.h"

namespace salestream::core {
namespace {

Definition sample() {
  Definition d;
  d.pipeline = "p";
  d.order.items = FieldPath{{"products"}};
  d.order.product = FieldPath{{"product_name"}};
  d.order.quantity = FieldPath{{"quantity"}};
  d.order.price = FieldPath{{"price"}};
  d.totals = {{"product_sales",
               {Dimension::kProduct},
               {{"product_name", Dimension::kProduct}, {"total_sales", Measure::kRevenue}}}};
  return d;
}

TEST(Definition, CanonicalTextTellsEveryDifference) {
  const std::string base = sample().canonical_text();
  const auto differs = [&](auto change) {
    Definition d = sample();
    change(d);
    return d.canonical_text() != base;
  };
  EXPECT_TRUE(differs([](Definition& d) { d.order.price.reset(); }));
  EXPECT_TRUE(differs([](Definition& d) { d.order.items = FieldPath{{"products", "x"}}; }));
  EXPECT_TRUE(differs([](Definition& d) { d.order.items = FieldPath{{"products.x"}}; }));
  EXPECT_TRUE(differs([](Definition& d) { d.order.quantity_is_map = true; }));
  EXPECT_TRUE(differs([](Definition& d) { d.keep_products = {"Mouse"}; }));
  EXPECT_TRUE(differs([](Definition& d) { d.allow_returns = true; }));
  EXPECT_TRUE(differs([](Definition& d) { d.wrong_total = WrongTotal::kReject; }));
  EXPECT_TRUE(differs([](Definition& d) { d.max_message_bytes = 1; }));
  EXPECT_TRUE(differs([](Definition& d) { d.totals[0].by = {Dimension::kClient}; }));
  EXPECT_TRUE(differs([](Definition& d) { d.totals[0].columns[1].shows = Measure::kUnits; }));
  EXPECT_FALSE(differs([](Definition&) {}));
}

TEST(Definition, DottedNameIsNotANestedPath) {
  Definition nested = sample(), dotted = sample();
  nested.order.items = FieldPath{{"a", "b"}};
  dotted.order.items = FieldPath{{"a.b"}};
  EXPECT_NE(nested.canonical_text(), dotted.canonical_text());
}

TEST(Definition, FirstDifferenceNamesTheLine) {
  Definition changed = sample();
  changed.order.price = FieldPath{{"unit_price"}};
  const auto difference = first_difference(sample().canonical_text(), changed.canonical_text());
  ASSERT_TRUE(difference);
  EXPECT_EQ(difference->first, "order.price: \"price\"");
  EXPECT_EQ(difference->second, "order.price: \"unit_price\"");
  EXPECT_FALSE(first_difference("a\n", "a\n"));
  EXPECT_TRUE(first_difference("a\n", "a\nb\n"));
}

TEST(Definition, FirstDifferenceNamesNoKeyThatIsAsItWas) {
  using Lines = std::pair<std::string, std::string>;
  const auto difference = [](const Definition& was, const Definition& is) {
    return first_difference(was.canonical_text(), is.canonical_text()).value_or(Lines());
  };
  Definition with = sample(), without = sample();
  with.deduplicate = Deduplicate{5};
  EXPECT_EQ(difference(without, with), Lines("", "deduplicate.by.id.window: 5"));
  EXPECT_EQ(difference(with, without), Lines("deduplicate.by.id.window: 5", ""));
  with.max_message_bytes = 7;
  EXPECT_EQ(difference(without, with).second, "max_message_bytes: 7") << "there are two, and either is true";
  with = without = sample();
  with.keep_products = {"Mouse", "Pen"};
  without.keep_products = {"Pen"};
  EXPECT_EQ(difference(with, without), Lines("keep.product: \"Mouse\"", ""));
  EXPECT_EQ(difference(without, with), Lines("", "keep.product: \"Mouse\""));
  // A field is new, and the next one has changed.
  with = without = sample();
  without.order.client.reset();
  with.order.client = FieldPath{{"a: \"b"}};
  with.order.time = FieldPath{{"at"}};
  without.order.time = FieldPath{{"when"}};
  EXPECT_EQ(difference(without, with), Lines("order.time: \"when\"", "order.time: \"at\""));
  EXPECT_EQ(difference(with, without), Lines("order.time: \"at\"", "order.time: \"when\"")) << "either is true";
}

TEST(Key, OneValueIsItsOwnKey) { EXPECT_EQ(make_key({"Mouse"}), "Mouse"); }

TEST(Key, SplitsAgain) {
  const std::string key = make_key({"Mouse", "529.982.247-25"});
  EXPECT_EQ(split_key(key, 2), (std::vector<std::string>{"Mouse", "529.982.247-25"}));
  EXPECT_NE(make_key({"a", "bc"}), make_key({"ab", "c"}));
  EXPECT_LT(split_key("\x00\x00", 2).size(), 2U);
}

TEST(MessageBatch, KeepsEachMessageWithItsKey) {
  MessageBatch batch;
  for (int i = 0; i < 1000; ++i) {
    Message m;
    m.offset = i;
    batch.append(m, std::string(static_cast<std::size_t>(i), 'x'), std::to_string(i));
  }
  ASSERT_EQ(batch.messages().size(), 1000U);
  EXPECT_EQ(batch.payload_of(batch.messages()[7]), "xxxxxxx");
  EXPECT_EQ(batch.key_of(batch.messages()[999]), "999");
  batch.clear();
  EXPECT_TRUE(batch.empty());
}

TEST(Measures, AddChecksForOverflow) {
  Measures large;
  large.revenue = Decimal::from_scaled(static_cast<Decimal::Int128>(1) << 126);
  EXPECT_FALSE(add(large, large));
  Measures one{Decimal::from_integer(1), Decimal::from_integer(2), 3};
  EXPECT_EQ(*add(one, one), (Measures{Decimal::from_integer(2), Decimal::from_integer(4), 6}));
}

}  // namespace
}  // namespace salestream::core
