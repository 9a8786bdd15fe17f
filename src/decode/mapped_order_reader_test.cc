// SPDX-License-Identifier: Apache-2.0
// docs/fields.md, sentence by sentence: one message in, the order, the reason, or "left out".
#include "decode/mapped_order_reader.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "decode/decoder.h"

namespace salestream::decode {
namespace {

using core::Dimension;
using core::Field;
using core::FieldIndex;
using core::FieldPath;
using core::FieldScope;
using core::FieldType;
using core::Measure;
using Known = core::FieldIndex::Known;

Field named(const char* name, FieldPath path, FieldType type = FieldType::kText,
            FieldScope scope = FieldScope::kOrder) {
  Field field(std::move(path));
  field.name = name;
  field.type = type;
  field.scope = scope;
  return field;
}

// {"items": [{"sku": "A", "qty": 2, "price": 3}]}, by the product alone, and not plain.
core::Definition shop() {
  core::Definition d;
  d.pipeline = "shop";
  d.order.items = FieldPath{{"items"}};
  d.order.product = FieldPath{{"sku"}};
  d.order.product.paths.push_back(FieldPath{{"title"}});
  d.order.quantity = FieldPath{{"qty"}};
  d.order.price = Field(FieldPath{{"price"}});
  d.totals = {{"t", {Dimension::kProduct}, {{"p", Dimension::kProduct}, {"r", Measure::kRevenue}}}};
  return d;
}

void add_to_key(core::Definition& d, std::uint8_t place, core::Window window = core::Window::kNone) {
  d.totals[0].by.push_back({{Known::kNamed, place}, window});
}

// "A 2 = 6.00 [key values]; …", "reason" or "left out".
std::string mapped(const core::Definition& definition, const std::string& message, const std::string& key = "",
                   std::int64_t timestamp_ms = -1) {
  Decoder decoder(definition);
  core::MessageBatch batch;
  core::Message facts;
  facts.timestamp_ms = timestamp_ms;
  batch.append(facts, message, key);
  const DecodedBatch& out = decoder.decode(batch);
  if (!out.rejects.empty()) return core::name_of(out.rejects[0].reason);
  if (!out.left_out.empty()) return "left out";
  const DecodedOrder& order = out.orders.at(0);
  const core::KeyFields fields = core::KeyFields::of(definition);
  const core::KeyValue* values = out.key_values.data() + order.key_values_begin;
  std::string text = order.wrong_total ? "(wrong total) " : "";
  const auto add_value = [&] {
    text += " [" + std::string(values->text) + (values->time.seconds != 0 ? std::to_string(values->time.seconds) : "") +
            "]";
    ++values;
  };
  for (std::size_t i = 0; i < fields.of_order.size(); ++i) add_value();
  for (std::uint32_t i = order.items_begin; i < order.items_end; ++i) {
    const core::LineItem& item = out.items[i];
    if (i > order.items_begin) text += "; ";
    text +=
        std::string(item.product) + " " + core::to_string(item.quantity, 0) + " = " + core::to_string(item.revenue, 2);
    for (std::size_t k = 0; k < fields.of_item.size(); ++k) add_value();
  }
  return text;
}

std::string with_items(const std::string& inner) { return R"({"items":[)" + inner + "]}"; }

TEST(MappedOrder, TakesTheFirstPlaceThatHoldsSomething) {
  const core::Definition d = shop();
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","title":"B","qty":2,"price":3})")), "A 2 = 6.00");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"","title":"B","qty":2,"price":3})")), "B 2 = 6.00");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":null,"title":"B","qty":2,"price":3})")), "B 2 = 6.00");
  EXPECT_EQ(mapped(d, with_items(R"({"title":4711,"qty":2,"price":3})")), "4711 2 = 6.00") << "a number is its digits";
  EXPECT_EQ(mapped(d, with_items(R"({"sku":7.0,"qty":2,"price":3})")), "7.0 2 = 6.00") << "as they stand there";
  EXPECT_EQ(mapped(d, with_items(R"({"sku":{},"title":"B","qty":2,"price":3})")), "wrong_type");
  EXPECT_EQ(mapped(d, with_items(R"({"qty":2,"price":3})")), "missing_field");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":null,"qty":2,"price":3})")), "wrong_type");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"","qty":2,"price":3})")), "empty_key");
}

TEST(MappedOrder, TakesTheDefaultWhereNothingStands) {
  core::Definition d = shop();
  d.order.product.fallback = "?";
  d.order.quantity.fallback = "1";
  for (const char* item :
       {R"({"price":3})", R"({"sku":null,"qty":null,"price":3})", R"({"sku":"","qty":"","price":3})"})
    EXPECT_EQ(mapped(d, with_items(item)), "? 1 = 3.00") << item;
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":0,"price":3})")), "A 0 = 0.00") << "0 is something";
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":"x","price":3})")), "not_a_number");
}

TEST(MappedOrder, NothingStandsInNull) {
  core::Definition d = shop();
  d.fields = {named("country", FieldPath{{"address", "country"}})};
  d.fields[0].fallback = "??";
  add_to_key(d, 0);
  const std::string behind = R"(,"items":[{"sku":"A","qty":1,"price":1}]})";
  EXPECT_EQ(mapped(d, R"({"address":{"country":"BR"})" + behind), " [BR]A 1 = 1.00");
  EXPECT_EQ(mapped(d, R"({"address":null)" + behind), " [??]A 1 = 1.00");
  EXPECT_EQ(mapped(d, R"({"address":{})" + behind), " [??]A 1 = 1.00");
  EXPECT_EQ(mapped(d, R"({"address":7)" + behind), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"address":{},"address":{})" + behind), "duplicate_field");
  EXPECT_EQ(mapped(d, R"({"address":{"country":"BR","countr\u0079":"BR"})" + behind), "duplicate_field");
}

TEST(MappedOrder, ScalesMinorUnits) {
  core::Definition d = shop();
  d.order.price->scale_digits = 2;
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":2,"price":4990})")), "A 2 = 99.80");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":1000,"price":"0.5"})")), "A 1000 = 5.00");
  d.order.price->scale_digits = 0;
  d.order.price->is_scaled_by_currency = true;
  d.order.currency = Field(FieldPath{{"currency"}});
  const auto in = [&](const std::string& currency) {
    return mapped(d, R"({"items":[{"sku":"A","qty":1,"price":1500}],"currency":)" + currency + "}");
  };
  EXPECT_EQ(in("\"BRL\""), "A 1 = 15.00");
  EXPECT_EQ(in("\"jpy\""), "A 1 = 1500.00");
  EXPECT_EQ(in("\"KWD\""), "A 1 = 1.50");
  EXPECT_EQ(in("\"R$\""), "wrong_type");
  EXPECT_EQ(in("null"), "wrong_type");
  d.order.currency->scope = FieldScope::kItem;
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":1,"price":1500,"currency":"JPY"},)"
                                 R"({"sku":"A","qty":1,"price":1500,"currency":"BRL"})")),
            "A 1 = 1500.00; A 1 = 15.00");
}

TEST(MappedOrder, SumsTheLinesOwnAmount) {
  core::Definition d = shop();
  d.order.amount = Field(FieldPath{{"total"}});
  d.order.total = Field(FieldPath{{"sum"}});
  EXPECT_EQ(mapped(d, R"({"items":[{"sku":"A","qty":3,"price":"x","total":10}],"sum":10.00})"), "A 3 = 10.00");
  EXPECT_EQ(mapped(d, R"({"items":[{"sku":"A","qty":3,"total":10}],"sum":30})"), "(wrong total) A 3 = 10.00");
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":3,"total":-10})")), "negative_price");
  d.allow_returns = true;
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":3,"total":-10})")), "A 3 = -10.00");
}

TEST(MappedOrder, ReadsFieldsByTheirType) {
  core::Definition d = shop();
  const auto with = [&](FieldType type, const std::string& value, core::TimeUnit unit = core::TimeUnit::kBySize) {
    d.fields = {named("f", FieldPath{{"f"}}, type)};
    d.fields[0].unit = unit;
    d.totals[0].by = {Dimension::kProduct};
    add_to_key(d, 0, type == FieldType::kTime ? core::Window::kDay : core::Window::kNone);
    const std::string text = mapped(d, R"({"f":)" + value + R"(,"items":[{"sku":"A","qty":1,"price":1}]})");
    return text.starts_with(" [") ? text.substr(2, text.find(']') - 2) : text;
  };
  for (const auto& [type, value, expected] : {std::tuple{FieldType::kText, "\"x\"", "x"},
                                              {FieldType::kText, "7.50", "7.50"},
                                              {FieldType::kText, "true", "wrong_type"},
                                              {FieldType::kInteger, "7", "7"},
                                              {FieldType::kInteger, "7.0", "7"},
                                              {FieldType::kInteger, "\"7\"", "7"},
                                              {FieldType::kInteger, "-0", "0"},
                                              {FieldType::kInteger, "7.5", "not_a_number"},
                                              {FieldType::kInteger, "\"x\"", "not_a_number"},
                                              {FieldType::kInteger, "1e19", "number_too_large"},
                                              {FieldType::kDecimal, "7.50", "7.5"},
                                              {FieldType::kDecimal, "\"7.5\"", "7.5"},
                                              {FieldType::kDecimal, "[]", "wrong_type"},
                                              {FieldType::kBoolean, "true", "true"},
                                              {FieldType::kBoolean, "\"false\"", "false"},
                                              {FieldType::kBoolean, "1", "wrong_type"},
                                              {FieldType::kDate, "\"2024-11-03\"", "2024-11-03"},
                                              {FieldType::kDate, "\"2024-02-30\"", "invalid_time"},
                                              {FieldType::kDate, "19776", "invalid_time"},
                                              {FieldType::kTime, "\"2024-02-23T00:00:10Z\"", "1708646410"},
                                              {FieldType::kTime, "{}", "wrong_type"},
                                              {FieldType::kTime, "\"soon\"", "invalid_time"},
                                              {FieldType::kText, "\"\"", "empty_key"},
                                              {FieldType::kInteger, "\"\"", "not_a_number"},
                                              {FieldType::kDate, "\"\"", "invalid_time"},
                                              {FieldType::kBoolean, "\"\"", "wrong_type"}})
    EXPECT_EQ(with(type, value), expected) << core::name_of(type) << " " << value;
  EXPECT_EQ(with(FieldType::kDate, "19776", core::TimeUnit::kDays), "2024-02-23");
  EXPECT_EQ(with(FieldType::kTime, "1708646410123", core::TimeUnit::kMilliseconds), "1708646410");
  EXPECT_EQ(with(FieldType::kText, '"' + std::string(core::kMaxKeyBytes + 1, 'x') + '"'), "key_too_long");
}

TEST(MappedOrder, ReadsKafkasKeyAndTimestamp) {
  core::Definition d = shop();
  d.fields = {named("key", {}, FieldType::kText, FieldScope::kMessageKey)};
  d.fields[0].paths.clear();
  add_to_key(d, 0);
  const std::string message = with_items(R"({"sku":"A","qty":1,"price":1})");
  EXPECT_EQ(mapped(d, message, "BR"), " [BR]A 1 = 1.00");
  EXPECT_EQ(mapped(d, message), "missing_field");
  EXPECT_EQ(mapped(d, message, "\xff"), "invalid_utf8");
  d.fields[0].fallback = "none";
  EXPECT_EQ(mapped(d, message), " [none]A 1 = 1.00");
  d.fields[0].fallback.reset();
  d.fields[0].scope = FieldScope::kMessageTime;
  d.fields[0].type = FieldType::kTime;
  d.totals[0].by = {Dimension::kProduct};
  add_to_key(d, 0, core::Window::kHour);
  EXPECT_EQ(mapped(d, message, "", 1708646410999), " [1708646410]A 1 = 1.00");
  EXPECT_EQ(mapped(d, message), "missing_field");
}

TEST(MappedOrder, LeavesOutWhatWhereDoesNotLetThrough) {
  core::Definition d = shop();
  d.fields = {named("status", FieldPath{{"status"}})};
  d.where = "status IN ('paid', 'sent')";
  const std::string good = R"("items":[{"sku":"A","qty":1,"price":1}]})";
  EXPECT_EQ(mapped(d, R"({"status":"paid",)" + good), "A 1 = 1.00");
  EXPECT_EQ(mapped(d, R"({"status":"open",)" + good), "left out");
  EXPECT_EQ(mapped(d, R"({)" + good), "missing_field") << "a misspelt name must not leave out everything";
  EXPECT_EQ(mapped(d, R"({"status":"open","items":null})"), "left out") << "it needs no line items";
  EXPECT_EQ(mapped(d, R"({"status":"open")"), "invalid_json");
  EXPECT_EQ(mapped(d, R"({"status":"open","status":"open"})"), "duplicate_field");
  d.fields[0].may_be_null = true;
  EXPECT_EQ(mapped(d, R"({)" + good), "left out") << "NULL is not TRUE";
  d.where = "status IS NULL";
  EXPECT_EQ(mapped(d, R"({"status":null,)" + good), "A 1 = 1.00");
  d.fields = {named("n", FieldPath{{"n"}}, FieldType::kDecimal)};
  d.where = "n * n > 1";
  EXPECT_EQ(mapped(d, R"({"n":1e18,)" + good), "number_too_large");
}

TEST(MappedOrder, LeavesOutLineItems) {
  core::Definition d = shop();
  d.order.total = Field(FieldPath{{"sum"}});
  d.fields = {named("parent", FieldPath{{"parent"}}, FieldType::kInteger, FieldScope::kItem),
              named("wanted", FieldPath{{"wanted"}})};
  d.fields[0].may_be_null = true;
  d.items_where = "parent IS NULL";
  EXPECT_EQ(mapped(d, R"({"items":[{"sku":"A","qty":1,"price":5},{"sku":"A","qty":1,"parent":1}],"sum":5})"),
            "A 1 = 5.00")
      << "what is left out needs no price, and is not in the sum";
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":1,"parent":1})")), "") << "an order without line items";
  EXPECT_EQ(mapped(d, with_items(R"(7)")), "wrong_type");
  d.items_where = "product = wanted AND price > 1";
  const std::string others = R"({"sku":"B","qty":1,"price":5},{"sku":"A","qty":1,"price":1})";
  EXPECT_EQ(mapped(d, R"({"items":[{"sku":"A","qty":1,"price":5},)" + others + R"(],"wanted":"A"})"), "A 1 = 5.00")
      << "fields of the order, behind the line items";
}

TEST(MappedOrder, ReadsLineItemsWhereverTheyStand) {
  core::Definition d = shop();
  d.order.items = {};
  EXPECT_EQ(mapped(d, R"({"sku":"A","qty":2,"price":3,"more":[]})"), "A 2 = 6.00");
  d.order.items.levels = {FieldPath{{"orders"}}, FieldPath{{"cart", "items"}}};
  const std::string other = R"({"cart":{"items":[{"sku":"B","qty":1,"price":1},{"sku":"A","qty":1,"price":3}]}})";
  EXPECT_EQ(mapped(d, R"({"orders":[{"cart":{"items":[{"sku":"A","qty":2,"price":3}]}},)" + other + "]}"),
            "A 2 = 6.00; B 1 = 1.00; A 1 = 3.00");
  EXPECT_EQ(mapped(d, R"({"orders":[]})"), "");
  EXPECT_EQ(mapped(d, R"({"orders":[{}]})"), "missing_field");
  EXPECT_EQ(mapped(d, R"({"orders":[7]})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"orders":7})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({})"), "missing_field");
  d.order.items = FieldPath{{"items"}};
  EXPECT_EQ(mapped(d, R"({"items":{"sku":"A","qty":2,"price":3}})"), "A 2 = 6.00");
  EXPECT_EQ(mapped(d, R"({"items":null})"), "wrong_type");
  d.order.items.is_json_text = true;
  EXPECT_EQ(mapped(d, R"({"items":"[{\"sku\": \"A\\u0042\", \"qty\": 2, \"price\": 3}]"})"), "AB 2 = 6.00");
  EXPECT_EQ(mapped(d, R"({"items":"[{"})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"items":""})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"items":"[] []"})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"items":[]})"), "wrong_type");
  EXPECT_EQ(mapped(d, R"({"items":")" + std::string(1025, '[') + std::string(1025, ']') + R"("})"), "too_deep");
}

TEST(MappedOrder, ReadsNamesWithTheirQuantitiesInAMap) {
  core::Definition d = shop();
  d.order.product = {};
  d.order.price.reset();
  d.order.quantity_is_map = true;
  d.order.quantity = FieldPath{{"counts"}};
  d.fields = {named("status", FieldPath{{"status"}})};
  d.where = "status = 'paid'";
  d.items_where = "product <> 'B'";
  const auto counted = [&](const std::string& inner) { return mapped(d, R"({"status":"paid",)" + inner + "}"); };
  EXPECT_EQ(counted(R"("items":["A","B"],"counts":{"A":2,"C":1})"), "A 2 = 0.00")
      << "B is left out, and needs no number";
  EXPECT_EQ(counted(R"("items":["C","A"],"counts":{"A":2})"), "quantity_missing");
  EXPECT_EQ(counted(R"("items":["A"],"counts":{"A":2,"\u0041":2})"), "duplicate_field");
  EXPECT_EQ(counted(R"("items":["A"],"counts":{"A":"x"})"), "not_a_number");
  EXPECT_EQ(counted(R"("items":["A"],"counts":[])"), "wrong_type");
  EXPECT_EQ(counted(R"("items":["A"])"), "missing_field");
  EXPECT_EQ(counted(R"("items":[true],"counts":{})"), "wrong_type");
}

// The same field for two purposes is read once.
TEST(MappedOrder, ReadsOneFieldForTwoPurposes) {
  core::Definition d = shop();
  d.fields = {named("sku", FieldPath{{"sku"}}, FieldType::kText, FieldScope::kItem)};
  d.fields[0].fallback = "-";
  add_to_key(d, 0);
  EXPECT_EQ(mapped(d, with_items(R"({"sku":"A","qty":1,"price":1})")), "A 1 = 1.00 [A]");
  EXPECT_EQ(mapped(d, with_items(R"({"title":"B","qty":1,"price":1})")), "B 1 = 1.00 [-]");
}

// There is room for the strings of both readings, however many of them have escapes.
TEST(MappedOrder, ReadsEscapesAsTheOrdersAndAsALineItems) {
  core::Definition d = shop();
  d.order.items = {};
  d.fields = {named("note", FieldPath{{"sku"}})};
  add_to_key(d, 0);
  const std::string name(20'000, 'x');
  EXPECT_EQ(mapped(d, R"({"sku":"\u0041)" + name + R"(","qty":1,"price":1})"),
            " [A" + name + "]A" + name + " 1 = 1.00");
}

TEST(MappedOrder, BoundsItsKeys) {
  core::Definition d = shop();
  d.fields = {named("f", FieldPath{{"f"}})};
  add_to_key(d, 0);
  const std::string long_text(core::kMaxKeyBytes, 'x');
  std::string many;
  for (int i = 0; i < 128; ++i) many += std::string(i == 0 ? "" : ",") + R"({"sku":"A","qty":1,"price":1})";
  const std::string message = R"({"f":")" + long_text + R"(","items":[)" + many + "]}";
  EXPECT_EQ(mapped(d, message), "keys_too_large");
  add_to_key(d, 0);
}

TEST(MappedOrder, IsNotConfusedByItsNeighbours) {
  core::Definition d = shop();
  d.fields = {named("f", FieldPath{{"f"}}, FieldType::kInteger)};
  add_to_key(d, 0);
  Decoder decoder(d);
  core::MessageBatch batch;
  for (const char* text : {R"({"f":1,"items":[{"sku":"A","qty":1,"price":1}]})", R"({"f":)", R"([])",
                           R"({"f":2,"items":[{"sku":"B\u0043","qty":1,"price":1},{"sku":true}]})",
                           R"({"f":3,"items":[{"sku":"D\u0045","qty":1,"price":1}]})"})
    batch.append({}, text, "");
  const DecodedBatch& out = decoder.decode(batch);
  ASSERT_EQ(out.orders.size(), 2U);
  ASSERT_EQ(out.rejects.size(), 3U);
  EXPECT_EQ(out.items.at(1).product, "DE");
  EXPECT_EQ(out.key_values.at(out.orders[1].key_values_begin).text, "3");
  EXPECT_EQ(out.key_values.size(), 2U);
}

}  // namespace
}  // namespace salestream::decode
