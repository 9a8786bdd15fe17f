// SPDX-License-Identifier: Apache-2.0
#include "core/stored_definition.h"

#include <gtest/gtest.h>

namespace salestream::core {
namespace {

Definition with_everything() {
  Definition definition;
  definition.pipeline = "a \"shop\"";
  definition.order.id = FieldPath{{"id"}};
  definition.order.client = FieldPath{{"client", "na.me"}};
  definition.order.time = FieldPath{{"time"}};
  definition.order.total = FieldPath{{"total"}};
  definition.order.items = FieldPath{{"items"}};
  definition.order.product = {};  // the element itself
  definition.order.quantity = FieldPath{{"quantities"}};
  definition.order.quantity_is_map = true;
  definition.order.price = FieldPath{{"price\nof it"}};
  definition.keep_products = {"back\\slash", "\\n is no line feed", ": "};
  definition.allow_returns = true;
  definition.wrong_total = WrongTotal::kReject;
  definition.deduplicate = Deduplicate{500};
  definition.max_message_bytes = 77;
  definition.timezone = "America/Sao_Paulo";
  definition.totals = {
      {"sales", {Dimension::kProduct}, {{"product", Dimension::kProduct}, {"sold: \".by:", Measure::kUnits}}},
      {"by \"day\"",
       {Dimension::kDay, Dimension::kClient},
       {{"n", Measure::kOrders}, {"c", Dimension::kClient}, {"d", Dimension::kDay}, {"r", Measure::kRevenue}}}};
  return definition;
}

TEST(StoredDefinition, IsTheOneThatWasWritten) {
  const Definition whole = with_everything();
  const auto read = definition_of(whole.canonical_text());
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->canonical_text(), whole.canonical_text());
  EXPECT_EQ(read->order.price, whole.order.price);
  EXPECT_EQ(read->keep_products, whole.keep_products);
  ASSERT_EQ(read->totals.size(), 2U);
  EXPECT_EQ(read->totals[1].by, whole.totals[1].by);
  EXPECT_EQ(read->totals[0].columns[1].name, "sold: \".by:");
  EXPECT_EQ(read->totals[1].first_measure(), Measure::kOrders);

  Definition plain;
  plain.pipeline = "p";
  plain.order.items = FieldPath{{"i"}};
  EXPECT_TRUE(definition_of(plain.canonical_text()).has_value());
}

TEST(StoredDefinition, HasAllThatIsSaidOfFields) {
  Definition definition = with_everything();
  OrderMapping& order = definition.order;
  order.items.levels = {FieldPath{{"orders"}}, FieldPath{{"a", "items"}}};
  order.items.is_json_text = true;
  order.product = FieldPath{{"sku"}};
  order.product.paths.push_back(FieldPath{{"variant", "title"}});
  order.product.fallback = "no \"name\" | or null";
  order.time->unit = TimeUnit::kDays;
  order.price->scale_digits = 2;
  order.amount = FieldPath{{"total"}};
  order.amount->is_scaled_by_currency = true;
  order.amount->is_base64 = true;
  order.currency = FieldPath{{"currency"}};
  order.currency->scope = FieldScope::kItem;
  Field country = FieldPath{{"address", "country"}}, key, when, paid;
  country.name = "country";
  country.scope = FieldScope::kOrder;
  country.may_be_null = true;
  key.name = "key";
  key.scope = FieldScope::kMessageKey;
  when.name = "when";
  when.scope = FieldScope::kMessageTime;
  when.type = FieldType::kTime;
  paid.name = "paid";
  paid.paths = {FieldPath{{"paid"}}};
  paid.type = FieldType::kBoolean;
  paid.fallback = "false";
  Field channel = FieldPath{{"channel.name"}};
  channel.name = "channel";
  channel.scope = FieldScope::kHeader;
  channel.fallback = "web";
  definition.fields = {country, key, when, paid, channel};
  definition.where = "country = 'BR' OR country IS NULL";
  definition.items_where = "NOT paid";
  definition.sign = "CASE WHEN paid THEN 1 ELSE -1 END";
  definition.changes = Changes::kDebezium;
  definition.totals[0].by = {{{FieldIndex::Known::kNamed, 1}}, {{FieldIndex::Known::kNamed, 2}, Window::kDay}};
  definition.totals[0].columns.push_back({"key", definition.totals[0].by[0]});
  definition.totals[0].columns.push_back({"day", definition.totals[0].by[1]});
  const auto read = definition_of(definition.canonical_text());
  ASSERT_TRUE(read.has_value()) << definition.canonical_text();
  EXPECT_EQ(read->order, order);
  EXPECT_EQ(read->fields, definition.fields);
  EXPECT_EQ(read->where, definition.where);
  EXPECT_EQ(read->items_where, definition.items_where);
  EXPECT_EQ(read->sign, definition.sign);
  EXPECT_EQ(read->changes, definition.changes);
  EXPECT_EQ(read->totals[0].by, definition.totals[0].by);
  EXPECT_EQ(read->name_of(read->totals[0].by[1]), "day(when)");

  order.items.levels.clear();
  order.items.is_json_text = false;
  const auto own = definition_of(definition.canonical_text());
  ASSERT_TRUE(own.has_value());
  EXPECT_TRUE(own->order.items.is_message_itself());
}

TEST(StoredDefinition, IsNothingWhereTheTextIsAnother) {
  const std::string text = with_everything().canonical_text();
  EXPECT_FALSE(definition_of(""));
  EXPECT_FALSE(definition_of("anything"));
  EXPECT_FALSE(definition_of(text + "of_a_newer_version: true\n"));
  EXPECT_FALSE(definition_of(text.substr(0, text.size() - 1)));
  for (const auto& [old, other] : {std::pair{"allow_returns: true", "allow_returns: perhaps"},
                                   {"window: 500", "window: many"},
                                   {".by: product", ".by: weekday"},
                                   {"pipeline: \"", "pipeline: "}}) {
    std::string changed = text;
    changed.replace(changed.find(old), std::string_view(old).size(), other);
    EXPECT_FALSE(definition_of(changed)) << other;
  }
}

}  // namespace
}  // namespace salestream::core
