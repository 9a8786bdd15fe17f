// SPDX-License-Identifier: Apache-2.0
// The orders of the shipped pipeline files: what is made of a sample of them is what those say, or more careful.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "sample/test_sample.h"

namespace salestream::sample {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using namespace testing;

TEST(Shapes, Shopify) {
  const auto order = [](const char* id, const char* item) {
    return std::string(R"({"id": )") + id +
           R"(, "created_at": "2025-01-23T23:10:00-05:00", "cancelled_at": null, "currency": "BRL", "test": false, )" +
           R"("total_price": "21.00", "line_items": [)" + item + "]}";
  };
  const std::vector<std::string> lines = {
      order("1", R"({"sku": "", "variant_id": 51, "title": "Caneca", "quantity": 2, "price": "10.50"})"),
      order("2", R"({"sku": "CAN-1", "variant_id": 52, "title": "Caneca", "quantity": 2, "price": "10.50"})"),
      order("3", R"({"sku": null, "variant_id": null, "title": "Caneca", "quantity": 2, "price": "10.50"})")};
  const core::Definition made = counts_all(lines);
  EXPECT_EQ(places(made.order.id), "id");
  EXPECT_EQ(places(made.order.time), "created_at");
  EXPECT_EQ(places(made.order.currency), "currency");
  EXPECT_EQ(places(made.order.total), "total_price");
  EXPECT_EQ(made.order.items.text(), "line_items");
  EXPECT_EQ(places(made.order.product), "sku or title");
  EXPECT_EQ(places(made.order.quantity), "quantity");
  EXPECT_EQ(places(made.order.price), "price");
  EXPECT_EQ(made.order.price->scale_digits, 0);
  ASSERT_EQ(made.totals.size(), 2U);
  EXPECT_TRUE(made.totals[0].is_by_currency());
  EXPECT_TRUE(made.totals[1].is_by_currency());
  const std::string text = made_from(lines).text;
  EXPECT_THAT(text, HasSubstr("# where: cancelled_at IS NULL\n"));
  EXPECT_THAT(text, HasSubstr("# where: NOT test\n"));
}

TEST(Shapes, Stripe) {
  const auto event = [](const char* type, const char* currency, const char* items) {
    return std::string(R"({"id": "evt_1", "type": ")") + type +
           R"(", "data": {"object": {"id": "cs", "created": 1755156953, "currency": ")" + currency +
           R"(", "payment_status": "paid")" + items + "}}}";
  };
  const char* const items =
      R"(, "line_items": {"data": [{"description": "Plano", "quantity": 2, "amount_total": 9480}]})";
  const SampledPipeline made =
      made_from({event("checkout.session.completed", "usd", items), event("checkout.session.completed", "jpy", items),
                 event("charge.refunded", "usd", "")});
  EXPECT_EQ(made.counted, 2U);
  EXPECT_EQ(made.left_out, 1U);
  const core::Definition definition = loaded(made.text);
  EXPECT_EQ(definition.where, "type = 'checkout.session.completed'");
  EXPECT_EQ(places(definition.order.id), "data.object.id");
  EXPECT_EQ(places(definition.order.time), "data.object.created");
  EXPECT_EQ(definition.order.time->unit, core::TimeUnit::kSeconds);
  EXPECT_EQ(definition.order.items.text(), "data.object.line_items.data");
  EXPECT_EQ(places(definition.order.product), "description");
  EXPECT_FALSE(definition.order.price);
  EXPECT_EQ(places(definition.order.amount), "amount_total");
  EXPECT_TRUE(definition.order.amount->is_scaled_by_currency);
  EXPECT_THAT(made.text, HasSubstr("suspected"));
}

TEST(Shapes, Vtex) {
  const auto order = [](const char* document, const char* items) {
    return std::string(
               R"({"orderId": "v1", "status": "invoiced", "creationDate": "2017-08-03T01:19:14.6610588+00:00", )") +
           R"("clientProfileData": {"document": )" + document + R"(}, "items": [)" + items + "]}";
  };
  const core::Definition made =
      counts_all({order("\"191\"", R"({"name": "Cadeira", "quantity": 2, "price": 119900, "sellingPrice": 99900})"),
                  order("null", R"({"name": "Copo", "quantity": 3, "price": 1999, "sellingPrice": 1999})")});
  EXPECT_EQ(places(made.order.id), "orderId");
  EXPECT_EQ(places(made.order.client), "clientProfileData.document");
  EXPECT_EQ(places(made.order.time), "creationDate");
  EXPECT_EQ(places(made.order.product), "name");
  EXPECT_EQ(places(made.order.price), "sellingPrice");
  EXPECT_EQ(made.order.price->scale_digits, 2);
  EXPECT_EQ(made.fields.size(), 1U);  // status
}

TEST(Shapes, Magento) {
  const std::vector<std::string> lines = {
      R"({"increment_id": "6", "created_at": "2019-04-30 15:17:18", "base_currency_code": "USD", "grand_total": 123,
          "items": [{"item_id": 5, "name": "Shirt", "qty_ordered": 1, "qty_shipped": 0, "price": 123},
                    {"item_id": 6, "parent_item_id": 5, "name": "Shirt", "qty_ordered": 1, "qty_shipped": 0,
                     "price": 0}]})"};
  const core::Definition made = counts_all(lines);
  EXPECT_EQ(places(made.order.id), "increment_id");
  EXPECT_EQ(places(made.order.time), "created_at");
  EXPECT_EQ(places(made.order.currency), "base_currency_code");
  EXPECT_EQ(places(made.order.total), "grand_total");
  EXPECT_EQ(places(made.order.product), "name");
  EXPECT_EQ(places(made.order.quantity), "qty_ordered");
  EXPECT_EQ(places(made.order.price), "price");
  EXPECT_THAT(made_from(lines).text, HasSubstr("# items_where: parent IS NULL"));
}

TEST(Shapes, MercadoLivre) {
  const std::vector<std::string> lines = {
      R"({"id": 2000, "status": "paid", "date_created": "2026-08-21T23:30:00.000-04:00", "currency_id": "BRL",
          "buyer": {"id": 266}, "order_items": [{"item": {"title": "Chá"}, "quantity": 2, "unit_price": 19.9}]})",
      R"({"id": 2001, "status": "cancelled", "date_created": "2026-08-21T23:30:00.000-04:00", "currency_id": "ARS",
          "buyer": {"id": 267}, "order_items": [{"item": {"title": "Mate"}, "quantity": 1, "unit_price": 900}]})"};
  const core::Definition made = counts_all(lines);
  EXPECT_EQ(places(made.order.client), "buyer.id");
  EXPECT_EQ(places(made.order.time), "date_created");
  EXPECT_EQ(places(made.order.product), "item.title");
  EXPECT_EQ(places(made.order.price), "unit_price");
  EXPECT_THAT(made_from(lines).text, HasSubstr("# where: status <> 'cancelled'\n"));
  EXPECT_THAT(made_from(lines).text, HasSubstr("seen: cancelled (1), paid (1)"));
}

TEST(Shapes, ListsOfNamesWithTheirQuantitiesInAMap) {
  const core::Definition made =
      counts_all({R"({"id_ordem": "1", "cpf_cliente": "5", "produtos_comprados": ["Mouse", "Teclado"],
           "quantidade_por_produto": {"Mouse": 1, "Teclado": 2}, "valor_total": 10,
           "data_hora": "2025-06-10T12:34:56"})",
                  R"({"id_ordem": "2", "cpf_cliente": "5", "produtos_comprados": ["Mouse"],
           "quantidade_por_produto": {"Mouse": 1}, "valor_total": 10, "data_hora": "2025-06-10T12:34:56"})"});
  EXPECT_EQ(made.order.items.text(), "produtos_comprados");
  EXPECT_TRUE(made.order.product.is_element_itself());
  EXPECT_TRUE(made.order.quantity_is_map);
  EXPECT_EQ(places(made.order.quantity), "quantidade_por_produto");
  EXPECT_EQ(places(made.order.id), "id_ordem");
  EXPECT_EQ(places(made.order.time), "data_hora");
  EXPECT_EQ(places(made.order.client), "cpf_cliente");
}

TEST(Shapes, FlatRows) {
  const std::vector<std::string> lines = {
      R"({"order_id": 1, "user_id": 101, "product": "Laptop", "quantity": 2, "price": 49.9,
          "timestamp": 1755156953.1})",
      R"({"order_id": 2, "user_id": "102", "product": 4711, "price": 10.05, "timestamp": 1755156955})"};
  const core::Definition made = counts_all(lines);
  EXPECT_TRUE(made.order.items.is_message_itself());
  EXPECT_EQ(places(made.order.id), "order_id");
  EXPECT_EQ(places(made.order.client), "user_id");
  EXPECT_EQ(places(made.order.time), "timestamp");
  EXPECT_EQ(places(made.order.product), "product");
  EXPECT_EQ(made.order.quantity.fallback, "1");
  EXPECT_EQ(places(made.order.price), "price");
}

TEST(Shapes, EcommerceSales) {
  const std::vector<std::string> lines = {
      R"({"order_id": "9b2f", "client_document": "529.982.247-25",
          "products": [{"product_name": "Laptop", "quantity": 2, "price": 49.9}],
          "total_value": 99.8, "sale_datetime": "2024-11-03T14:25:07"})"};
  const core::Definition made = counts_all(lines);
  EXPECT_EQ(places(made.order.id), "order_id");
  EXPECT_EQ(places(made.order.client), "client_document");
  EXPECT_EQ(places(made.order.time), "sale_datetime");
  EXPECT_EQ(places(made.order.total), "total_value");
  EXPECT_EQ(made.order.items.text(), "products");
  EXPECT_EQ(places(made.order.product), "product_name");
  EXPECT_THAT(made_from(lines).text, Not(HasSubstr("scale")));
}

}  // namespace
}  // namespace salestream::sample
