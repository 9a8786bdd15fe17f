// SPDX-License-Identifier: Apache-2.0
// What a pipeline file from a sample says of times, money, places and names, and what is no sample of orders.
#include "sample/sample.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include "sample/test_sample.h"

namespace salestream::sample {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;

// Times.

core::Definition with_time(const std::string& time) {
  return counts_all(
      {fmt::format(R"({{"id": 1, "created_at": {}, "items": [{{"sku": "a", "qty": 1, "price": 2.5}}]}})", time)});
}

TEST(Sample, TheUnitOfATimeIsToldByItsSize) {
  EXPECT_EQ(with_time("19776").order.time->unit, core::TimeUnit::kDays);
  EXPECT_EQ(with_time("1708678334").order.time->unit, core::TimeUnit::kSeconds);
  EXPECT_EQ(with_time("1708678334431").order.time->unit, core::TimeUnit::kMilliseconds);
  EXPECT_EQ(with_time("1708678334431487").order.time->unit, core::TimeUnit::kMicroseconds);
  EXPECT_EQ(with_time("1708678334431487000").order.time->unit, core::TimeUnit::kNanoseconds);
  EXPECT_EQ(with_time("\"1708678334431\"").order.time->unit, core::TimeUnit::kMilliseconds);
  EXPECT_EQ(with_time("\"2024-02-23T08:52:14Z\"").order.time->unit, core::TimeUnit::kBySize);
}

TEST(Sample, ATimeThatSomeOrdersDoNotHaveMakesNoTable) {
  const std::vector<std::string> lines = {
      R"({"id": 1, "created_at": "2024-02-23", "items": [{"sku": "a", "price": 2.5}]})",
      R"({"id": 2, "items": [{"sku": "a", "price": 2.5}]})"};
  EXPECT_EQ(counts_all(lines).totals.size(), 1U);
  EXPECT_THAT(made_from(lines).text, HasSubstr("1 of 2 orders have none"));
}

TEST(Sample, WhatIsNoTimeIsNone) {
  EXPECT_FALSE(with_time("\"03/11/2024\"").order.time);
  EXPECT_FALSE(with_time("17").order.time);
}

// Money.

TEST(Sample, CentsAreSuspectedByNameOrByTheirEnds) {
  const auto scale_of = [](const std::string& name, const char* first, const char* second) {
    const core::Definition made = counts_all(
        {fmt::format(R"({{"items": [{{"sku": "a", "qty": 1, "{0}": {1}}}, {{"sku": "b", "qty": 1, "{0}": {2}}}]}})",
                     name, first, second)});
    return made.order.price ? made.order.price->scale_digits : -1;
  };
  EXPECT_EQ(scale_of("unit_amount", "1000", "2500"), 2);
  EXPECT_EQ(scale_of("price_cents", "1000", "2500"), 2);
  EXPECT_EQ(scale_of("price", "4990", "1999"), 2);
  EXPECT_EQ(scale_of("price", "1000", "2500"), 0);
  EXPECT_EQ(scale_of("price", "49.90", "19.99"), 0);
  EXPECT_EQ(scale_of("price", "4990.00", "1999.00"), 0);
  EXPECT_EQ(scale_of("price", "\"4990.00\"", "\"1999.00\""), 0);
  EXPECT_EQ(scale_of("price", "90", "10"), 0);
}

TEST(Sample, ALineTotalCountsWhereThereIsNoUnitPrice) {
  const core::Definition made =
      counts_all({R"({"items": [{"sku": "a", "qty": 3, "line_total": 10.0}]})", R"({"items": []})"});
  EXPECT_EQ(places(made.order.amount), "line_total");
  EXPECT_FALSE(made.order.price);
  const core::Definition both =
      counts_all({R"({"items": [{"sku": "a", "qty": 4, "line_total": 10.0, "unit_price": 2.5}]})"});
  EXPECT_EQ(places(both.order.price), "unit_price");
  EXPECT_FALSE(both.order.amount);
}

TEST(Sample, ATotalWithShippingInItIsAComment) {
  const std::vector<std::string> lines = {R"({"total": 7.5, "items": [{"sku": "a", "qty": 1, "price": 2.5}]})"};
  EXPECT_FALSE(counts_all(lines).order.total);
  EXPECT_THAT(made_from(lines).text, HasSubstr("  # total: total"));
  EXPECT_EQ(made_from(lines).wrong_totals, 0U);
}

TEST(Sample, AnAmountBesideAPriceOfTwoScalesIsTaken) {
  const char* const item = R"({{"description": "a", "quantity": 2, "amount_total": 9480, "price": {{{}}}}})";
  const std::string whole = fmt::format(fmt::runtime(item), R"("unit_amount": 4990, "unit_amount_decimal": "4990")");
  const std::string parts = fmt::format(fmt::runtime(item), R"("unit_amount": null, "unit_amount_decimal": "0.05")");
  const core::Definition made = counts_all({R"({"id": 1, "items": [)" + whole + "," + parts + "]}"});
  EXPECT_EQ(places(made.order.amount), "amount_total");
  EXPECT_EQ(made.order.amount->scale_digits, 2);
  const core::Definition priced = counts_all({R"({"id": 1, "items": [{"sku": "a", "qty": 1, "unit_amount": 4990},
                                {"sku": "b", "qty": 1, "price": 49.9, "unit_amount": 90}]})"});
  EXPECT_EQ(places(priced.order.price), "unit_amount");
}

TEST(Sample, AFewBadValuesDoNotHideAField) {
  std::vector<std::string> lines(30, R"({"created_at": 1708678334, "items": [{"sku": "a", "qty": 1, "price": 2.5}]})");
  lines.emplace_back(R"({"created_at": "soon", "items": [{"sku": [], "qty": true, "price": "1,50"}]})");
  const SampledPipeline made = made_from(lines);
  EXPECT_EQ(made.counted, 30U);
  const core::Definition definition = loaded(made.text);
  EXPECT_EQ(places(definition.order.price), "price");
  EXPECT_EQ(definition.order.time->unit, core::TimeUnit::kSeconds);
  EXPECT_EQ(definition.totals.size(), 2U);
}

TEST(Sample, TextsAndNumbersMayBeTimesBeside) {
  const core::Definition made =
      counts_all({R"({"created_at": 1708678334, "items": [{"sku": "a", "qty": 1, "price": 2.5}]})",
                  R"({"created_at": "2024-02-23", "items": [{"sku": "a", "qty": 1, "price": 2.5}]})",
                  R"({"created_at": 1708678334431, "items": [{"sku": "a", "qty": 1, "price": 2.5}]})"});
  EXPECT_EQ(made.order.time->unit, core::TimeUnit::kBySize);
  EXPECT_TRUE(made.has_windows());
}

TEST(Sample, NumbersThatMongoDbWrapsAreNumbers) {
  const core::Definition made = counts_all({R"({"created": {"$date": "2025-10-13T09:13:52Z"},
           "items": [{"name": "Livro", "qty": {"$numberInt": "2"}, "price": {"$numberDecimal": "12.50"}}]})"});
  EXPECT_EQ(places(made.order.price), "price.$numberDecimal");
  EXPECT_EQ(places(made.order.time), "created.$date");
}

TEST(Sample, NegativeQuantitiesAreReturns) {
  EXPECT_TRUE(counts_all({R"({"items": [{"sku": "a", "qty": -1, "price": 2.5}]})"}).allow_returns);
  EXPECT_FALSE(counts_all({R"({"items": [{"sku": "a", "qty": 1, "price": 2.5}]})"}).allow_returns);
}

TEST(Sample, ACurrencyThatIsMissingHasADefault) {
  const core::Definition made = counts_all({R"({"currency": "BRL", "items": [{"sku": "a", "qty": 1, "price": 2.5}]})",
                                            R"({"items": [{"sku": "a", "qty": 1, "price": 2.5}]})"});
  EXPECT_EQ(made.order.currency->fallback, "XXX");
}

TEST(Sample, ACurrencyOfALineItemIsItsOwn) {
  const core::Definition made = counts_all({R"({"items": [{"sku": "a", "qty": 1, "price": 2.5, "currency": "BRL"}]})"});
  EXPECT_EQ(made.order.currency->scope, core::FieldScope::kItem);
}

// Products and quantities.

TEST(Sample, MissingSkusAreMadeUpForByTheNextName) {
  const core::Definition made =
      counts_all({R"({"items": [{"sku": null, "name": "x", "qty": 1, "price": 2.5}, {"qty": 1, "price": 2.5}]})",
                  R"({"items": [{"sku": "a", "name": "y", "qty": 1, "price": 2.5}]})"});
  EXPECT_EQ(places(made.order.product), "sku or name");
  EXPECT_EQ(made.order.product.fallback, "?");
}

TEST(Sample, WithoutAQuantityEachLineIsOneUnit) {
  const core::Definition made = counts_all({R"({"items": [{"sku": "a", "price": 2.5}]})"});
  EXPECT_EQ(made.order.quantity.fallback, "1");
  EXPECT_EQ(places(made.order.quantity), "quantity");
}

// Places of line items.

TEST(Sample, LineItemsInAText) {
  const core::Definition made = counts_all({R"({"id": 1, "items": "[{\"sku\": \"a\", \"qty\": 1, \"unit\": 39.0}]"})"});
  EXPECT_TRUE(made.order.items.is_json_text);
  EXPECT_EQ(places(made.order.price), "unit");
}

TEST(Sample, LineItemsInArraysOfArrays) {
  const core::Definition made =
      counts_all({R"({"orders": [{"items": [{"sku": "a", "qty": 1, "price": 2.5}]}, {"items": []}], "id": 1})"});
  EXPECT_EQ(made.order.items.text(), "orders[].items");
}

TEST(Sample, OneObjectIsTheOnlyLineItem) {
  const core::Definition made =
      counts_all({R"({"order_id": 1, "item": {"sku": "a", "qty": 1, "price": 2.5}, "user_id": 7})"});
  EXPECT_EQ(made.order.items.text(), "item");
}

TEST(Sample, NamesInPortuguese) {
  const core::Definition made =
      counts_all({R"({"pedido_id": 7, "criado_em": "2024-11-03T14:25:07", "cliente": {"cpf": "1"}, "moeda": "BRL",
           "situacao": "pago", "valor_total": 21.0,
           "itens": [{"produto": "Chá", "quantidade": 2, "preço": 10.5, "categoria": "bebidas"}]})"});
  EXPECT_EQ(places(made.order.id), "pedido_id");
  EXPECT_EQ(places(made.order.time), "criado_em");
  EXPECT_EQ(places(made.order.client), "cliente.cpf");
  EXPECT_EQ(places(made.order.currency), "moeda");
  EXPECT_EQ(places(made.order.total), "valor_total");
  EXPECT_EQ(made.order.items.text(), "itens");
  EXPECT_EQ(places(made.order.product), "produto");
  EXPECT_EQ(places(made.order.quantity), "quantidade");
  EXPECT_EQ(places(made.order.price), "preço");
  ASSERT_EQ(made.fields.size(), 2U);
  EXPECT_EQ(made.fields[1].name, "category");
  EXPECT_EQ(made.fields[1].scope, core::FieldScope::kItem);
}

// What is no sample of orders.

TEST(Sample, MessagesThatAreNoJsonAreNamed) {
  EXPECT_THAT(error_from({"{'order_id': 1}"}), HasSubstr("Python"));
  EXPECT_THAT(error_from({R"("{\"order_id\": 1}")"}), HasSubstr("serialized"));
  EXPECT_THAT(error_from({R"([{"order_id": 1}])"}), HasSubstr("array"));
  EXPECT_THAT(error_from({"hello"}), HasSubstr("no message of 1 is a JSON object"));
  EXPECT_THAT(error_from({"17", "null", ""}), HasSubstr("no message of 3 is a JSON object"));
}

TEST(Sample, ChangesOfRowsAreWhatTheirRowsAre) {
  const std::string row =
      R"({"id": 1, "created_at": 1708678334431487, "items": "[{\"sku\": \"a\", \"qty\": 1, \"price\": 2.5}]"})";
  const core::Definition made = counts_all({R"({"before": null, "after": )" + row + R"(, "op": "c"})",
                                            R"({"payload": {"before": )" + row + R"(, "after": null, "op": "d"}})"});
  EXPECT_EQ(made.changes, core::Changes::kDebezium);
  EXPECT_TRUE(made.order.items.is_json_text);
  EXPECT_EQ(made.order.time->unit, core::TimeUnit::kMicroseconds);
}

TEST(Sample, ChangesWithoutARowAreNamed) {
  EXPECT_THAT(error_from({R"({"payload": {"before": null, "after": null, "op": "t"}})"}), HasSubstr("Debezium"));
}

TEST(Sample, ObjectsWithoutLineItemsSayWhatTheyHave) {
  EXPECT_THAT(error_from({R"({"temperature": 21.5, "sensor": "a\nb"})"}), HasSubstr(R"(temperature, sensor)"));
  EXPECT_THAT(error_from({"{}"}), HasSubstr("has nothing"));
}

TEST(Sample, TheReasonsOfTheRestAreCounted) {
  const char* const good = R"({"items": [{"sku": "a", "qty": 1, "price": 2.5}]})";
  const SampledPipeline made = made_from({good, good, "oops", "oops", R"({"note": 1})"});
  EXPECT_EQ(made.messages, 5U);
  EXPECT_EQ(made.counted, 2U);
  ASSERT_EQ(made.rejects.size(), 2U);
  EXPECT_EQ(made.rejects[0].reason, "invalid_json");
  EXPECT_EQ(made.rejects[0].messages, 2U);
  EXPECT_EQ(made.rejects[1].reason, "missing_field");
  EXPECT_THAT(made.rejects[1].example, HasSubstr("items is missing"));
}

// Names and values that mean something in YAML, or are there to spoil it.

TEST(Sample, NamesMeanTheSameOnceTheFileIsLoaded) {
  // Each is part of the name of the array, of an object on the way to it, and of the product's.
  for (const std::string name :
       {R"(a.b)",    R"(null)",   R"(true)",   R"(1)",       R"(1e5)",         R"(~)",          R"(#x)",
        R"(a: b)",   R"(- a)",    R"(\n)",     R"(\u0001)",  R"(a\nstore: x)", R"(\u001b[31m)", R"(\"q\")",
        R"(')",      R"(\\)",     R"($HOME)",  R"(${HOME})", R"($$)",          R"([])",         R"(a[].b)",
        R"({})",     R"(!!x)",    R"(&a)",     R"(*a)",      R"(%)",           R"(@)",          R"(`)",
        R"( )",      R"( a )",    R"(é)",      R"(😀)",       R"(\u0085)",      R"(\u2028)",     R"(\u202e)",
        R"(\ufeff)", R"(\uffff)", R"(\u007f)", R"(.)",       R"(..)",          R"(,)",          R"(a, b)"}) {
    SCOPED_TRACE(name);
    counts_all(
        {R"({")" + name + R"(": {"items": [{")" + name + R"(": {"sku": "a"}, "sku": "b", "qty": 1, "price": 2}]}})"});
    counts_all({R"({"items": [{"qty": 1, "price": 2, ")" + name + R"(": "a", "product": {"name": "b"}}]})"});
    const SampledPipeline made =
        made_from({R"({"x": [{"product": {")" + name + R"( sku": "a"}, "qty": 1, "price": 2}]})"});
    EXPECT_EQ(made.counted, 1U) << made.text;
    loaded(made.text);
  }
}

TEST(Sample, ANameWithADotIsOneStep) {
  const core::Definition made =
      counts_all({R"({"order.items": [{"product.sku": "a", "item.qty": 1, "unit.price": 2}], "order.id": 5})"});
  EXPECT_EQ(made.order.items.path().steps, std::vector<std::string>{"order.items"});
  EXPECT_EQ(made.order.product.path().steps, std::vector<std::string>{"product.sku"});
  EXPECT_EQ(made.order.price->path().steps, std::vector<std::string>{"unit.price"});
  EXPECT_EQ(made.order.id->path().steps, std::vector<std::string>{"order.id"});
}

TEST(Sample, ValuesStandInCommentsWithoutTheirLineEnds) {
  const SampledPipeline made =
      made_from({R"({"status": "paid\nstore: {sqlite: evil.db}", "items": [{"sku": "a", "qty": 1, "price": 2}]})"});
  EXPECT_THAT(made.text, Not(HasSubstr("\nstore: {")));
  EXPECT_THAT(made.text, HasSubstr(R"(seen: paid\x0astore: )"));
}

TEST(Sample, WhatIsDeepOrHugeIsNoMoreThanAnOrder) {
  const std::string deep = std::string(900, '[') + std::string(900, ']');
  const std::string digits(5000, '9');
  counts_all({R"({"deep": )" + deep + R"(, "n": )" + digits +
              R"(, "e": 1e999999, "items": [{"sku": "a", "qty": 1, "price": 2}]})"});
  const SampledPipeline made =
      made_from({R"({"items": [{"sku": "a", "qty": 1, "price": 1e400}, {"sku": "b", "price": 2}]})",
                 R"({"items": [{"sku": "a", "qty": 1, "amount": 3}]})"});
  loaded(made.text);
  EXPECT_THAT(error_from({std::string(100'000, '[')}), HasSubstr("no message of 1 is a JSON object"));
}

TEST(Sample, ManyValuesAreLookedAtInPart) {
  std::string items;
  for (int i = 0; i < 10'000; ++i) items += fmt::format(R"(,{{"sku": "a{}", "qty": 1, "price": 2}})", i);
  const std::vector<std::string> lines(20, R"({"items": [)" + items.substr(1) + "]}");  // 800,000 values
  EXPECT_EQ(places(counts_all(lines).order.product), "sku");
}

TEST(Sample, PlacesThatStandInEachOtherAreNotBothNamed) {
  // Loading the file says no where they are.
  loaded(made_from({R"({"items": [{"product": "a", "qty": 1, "price": 2}]})",
                    R"({"items": [{"product": {"name": "b"}, "qty": 1, "price": 2}]})"})
             .text);
  loaded(made_from({R"({
                   "items": [{"sku": "a", "price": {"quantity": 1}, "unit_price": 2}, {"sku": "b", "price": 2}]})"})
             .text);
  loaded(made_from({R"({"event": {"type": "a", "sku": "x", "qty": 1, "price": 2}})", R"({"note": 1})"}).text);
}

TEST(Sample, WhatYamlCannotWriteIsNoName) {
  counts_all({R"({"": {"id": 1}, "items": [{"sku": "a", "qty": 1, "price": 2, "": 3}]})"});
  EXPECT_THAT(error_from({R"({"": [{"sku": "a", "qty": 1, "price": 2}]})"}), HasSubstr("no line items"));
  const core::Definition nul = counts_all(
      {R"({"a\u0000": 1, "items": [{"\u0000": "x", "sku\u0000": "y", "name": "a", "qty": 1, "price": 2}]})"});
  EXPECT_EQ(places(nul.order.product), "name");

  const core::Definition made =
      counts_all({R"({"\ud83d": 1, "items": [{"sku": "a", "\ud83d": "x", "qty": 1, "price": 2, "note": "\ud83d"}]})"});
  EXPECT_EQ(places(made.order.product), "sku");
}

// Where the sample came from.

TEST(Sample, AFileNamesItsPipeline) {
  EXPECT_EQ(pipeline_name("/data/orders.2024.jsonl"), "orders");
  EXPECT_EQ(pipeline_name("pedidos de maio.jsonl"), "pedidos_de_maio");
  EXPECT_EQ(pipeline_name("-"), "orders");
  EXPECT_EQ(pipeline_name("é"), "orders");
  EXPECT_EQ(pipeline_name(""), "orders");
  EXPECT_LE(pipeline_name(std::string(300, 'a')).size(), 100U);
}

TEST(Sample, ATopicIsTheSource) {
  const auto made = pipeline_of(batch_of({R"({"items": [{"sku": "a", "qty": 1, "price": 2}]})"}),
                                topic_source("shop.orders", "${KAFKA_BROKERS:-localhost:9092}"));
  ASSERT_TRUE(made.ok());
  const auto file = config::parse_pipeline_file(made->text, "x", [](std::string_view) { return std::nullopt; });
  ASSERT_TRUE(file.ok());
  const auto& kafka = std::get<source::KafkaOptions>(file->source);
  EXPECT_EQ(kafka.topic, "shop.orders");
  EXPECT_EQ(kafka.properties.at("bootstrap.servers"), "localhost:9092");
}

}  // namespace
}  // namespace salestream::sample
