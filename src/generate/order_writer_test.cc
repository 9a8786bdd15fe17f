// SPDX-License-Identifier: Apache-2.0
#include "generate/order_writer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include "generate/test_pipelines.h"

namespace salestream::generate {
namespace {

using ::testing::HasSubstr;

struct Written {
  GeneratedOrder order;
  std::string text;
};

// An order of known content: three items, the first product twice.
GeneratedOrder known_order() {
  GeneratorProfile profile = *choose_profile("english", {}, 0);
  GeneratedOrder order;
  OrderGenerator(profile, 1, false).make(0, 0, order);
  const auto set = [](std::string_view text, auto& array) { std::copy(text.begin(), text.end(), array.begin()); };
  set("9b2f6a1e-7c43-4d0a-9a54-2f5f3c1d8e70", order.id);
  set("529.982.247-25", order.client);
  set("2024-11-03T14:25:07", order.time);
  order.item_count = 3;
  order.items[0] = {0, 2, 4990};
  order.items[1] = {1, 1, 2345};
  order.items[2] = {0, 2, 5000};
  order.total = 123.25000000000001;
  return order;
}

std::shared_ptr<const Catalogue> catalogue(std::vector<Product> products) {
  GeneratorProfile profile;
  profile.products = std::move(products);
  return std::make_shared<const Catalogue>(profile);
}

std::string written(const core::Definition& definition, std::vector<Product> products) {
  const auto writer = OrderWriter::create(definition.order, catalogue(std::move(products)));
  EXPECT_TRUE(writer.ok());
  std::string out(writer->max_order_bytes(), '\0');
  out.resize(writer->write(known_order(), out.data()));
  return out;
}

TEST(OrderWriter, WritesListsOfObjects) {
  EXPECT_EQ(written(english_sales(), {{"Laptop", 1, 0}, {"Mouse", 1, 0}}),
            R"({"order_id": "9b2f6a1e-7c43-4d0a-9a54-2f5f3c1d8e70", "client_document": "529.982.247-25", )"
            R"("products": [{"product_name": "Laptop", "quantity": 2, "price": 49.9}, )"
            R"({"product_name": "Mouse", "quantity": 1, "price": 23.45}, )"
            R"({"product_name": "Laptop", "quantity": 2, "price": 50.0}], )"
            R"("total_value": 123.25000000000001, "sale_datetime": "2024-11-03T14:25:07"})");
}

TEST(OrderWriter, WritesNamesWithAMapOfQuantities) {
  EXPECT_EQ(written(portuguese_sales(), {{"Headset", 1, 0}, {"Mouse", 1, 0}}),
            R"({"id_ordem": "9b2f6a1e-7c43-4d0a-9a54-2f5f3c1d8e70", "cpf_cliente": "529.982.247-25", )"
            R"("produtos_comprados": ["Headset", "Mouse", "Headset"], )"
            R"("quantidade_por_produto": {"Headset": 2, "Mouse": 1}, )"
            R"("valor_total": 123.25000000000001, "data_hora": "2024-11-03T14:25:07"})");
}

TEST(OrderWriter, PutsFieldsWithOnePrefixIntoOneObject) {
  const std::string text = written(nested_sales(), {{"Caf\xc3\xa9 \"A\"\n", 1, 0}, {"\\", 1, 0}});
  EXPECT_EQ(text.find('\n'), std::string::npos);
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(text).get(root), simdjson::SUCCESS);
  EXPECT_EQ(std::string_view(root["meta"]["id"]), "9b2f6a1e-7c43-4d0a-9a54-2f5f3c1d8e70");
  EXPECT_EQ(std::string_view(root["meta"]["made.at"]), "2024-11-03T14:25:07");
  EXPECT_EQ(std::string_view(root["order"]["buyer"]["cpf"]), "529.982.247-25");
  EXPECT_EQ(double(root["order"]["sum"]), 123.25000000000001);
  simdjson::dom::array lines = root["order"]["lines"];
  ASSERT_EQ(lines.size(), 3U);
  EXPECT_EQ(std::string_view(lines.at(0)["article"]["na\"me"]), "Caf\xc3\xa9 \"A\"\n");
  EXPECT_EQ(std::string_view(lines.at(1)["article"]["na\"me"]), "\\");
  EXPECT_EQ(std::int64_t(lines.at(1)["count"]), 1);
  EXPECT_EQ(double(lines.at(1)["article"]["price"]), 23.45);
  EXPECT_EQ(std::size_t(simdjson::dom::object(root).size()), 2U);
}

TEST(OrderWriter, WritesOnlyWhatTheFormatHas) {
  core::Definition d = english_sales();
  d.order.id.reset();
  d.order.client.reset();
  d.order.time.reset();
  d.order.total.reset();
  d.order.price.reset();
  EXPECT_EQ(written(d, {{"Laptop", 1, 0}, {"Mouse", 1, 0}}),
            R"({"products": [{"product_name": "Laptop", "quantity": 2}, {"product_name": "Mouse", "quantity": 1}, )"
            R"({"product_name": "Laptop", "quantity": 2}]})");
}

TEST(OrderWriter, RefusesFieldsInOnePlace) {
  const auto error = [](auto change) {
    core::Definition d = english_sales();
    change(d.order);
    const auto writer = OrderWriter::create(d.order, catalogue({{"Mouse", 1, 0}}));
    return writer.ok() ? std::string() : writer.error().message;
  };
  EXPECT_THAT(error([](auto& m) { m.id = m.client; }), HasSubstr("client (client_document) and id"));
  EXPECT_THAT(error([](auto& m) {
                m.items = core::FieldPath{{"order_id", "lines"}};
              }),
              HasSubstr("items (order_id.lines) and id"));
  EXPECT_THAT(error([](auto& m) {
                m.total = core::FieldPath{{"x"}}, m.id = core::FieldPath{{"x", "id"}};
              }),
              HasSubstr("total (x) and id"));
  EXPECT_THAT(error([](auto& m) { m.product = {}; }), HasSubstr("quantity"));
  EXPECT_EQ(error([](auto&) {}), "");
}

// The right-hand side is what Python 3.11 says to repr() of the left-hand side.
TEST(WriteFloat, SaysWhatPythonSays) {
  const std::pair<double, const char*> golden[] = {
      {0x1.ed00000000001p+6, "123.25000000000001"},
      {0x1.3333333333334p-2, "0.30000000000000004"},
      {0x1.ed00000000000p+6, "123.25"},
      {0x1.c6bf526340000p+49, "1000000000000000.0"},
      {0x1.47ae147ae147bp-7, "0.01"},
      {0x1.86a0000000000p+16, "100000.0"},
      {0x1.df66666666667p+7, "239.70000000000002"},
      {0x1.b651eb851eb85p+5, "54.79"},
      {0x1.9c50000000000p+12, "6597.0"},
      {0x0.0p+0, "0.0"},
      {0x1.fc3e3d70a3d72p+13, "16263.780000000002"},
      {0x1.7fac28f5c28f6p+12, "6138.76"},
      {0x1.1646999999999p+14, "17809.649999999998"},
      {0x1.017e3d70a3d71p+14, "16479.56"},
      {0x1.1ad428f5c28f6p+13, "9050.52"},
      {0x1.974399999999ap+14, "26064.9"},
      {0x1.739b3d70a3d70p+14, "23782.809999999998"},
      {0x1.52d9d70a3d70bp+14, "21686.460000000003"},
  };
  char buffer[32];
  for (const auto& [value, text] : golden) EXPECT_EQ(std::string(buffer, write_float(value, buffer)), text);
}

TEST(WriteFloat, RealTotalsHaveNoise) {
  const OrderGenerator generator(*choose_profile("english", {}, 0), 1, false);
  GeneratedOrder order;
  char buffer[32];
  int noisy = 0;
  for (core::Offset offset = 0; offset < 10'000; ++offset) {
    generator.make(0, offset, order);
    double total = 0;
    for (int i = 0; i < order.item_count; ++i) {
      const volatile double amount =
          static_cast<double>(order.items[i].quantity) * (static_cast<double>(order.items[i].price_cents) / 100.0);
      total += amount;
    }
    ASSERT_EQ(order.total, total);
    const std::string text(buffer, write_float(order.total, buffer));
    ASSERT_EQ(std::stod(text), order.total);
    noisy += text.size() - text.find('.') > 6;
  }
  EXPECT_GT(noisy, 50);
}

TEST(WriteCents, LeavesOutTheLastZeroOnly) {
  char buffer[32];
  const auto text = [&](std::int64_t cents) { return std::string(buffer, write_cents(cents, buffer)); };
  EXPECT_EQ(text(4990), "49.9");
  EXPECT_EQ(text(5000), "50.0");
  EXPECT_EQ(text(2345), "23.45");
  EXPECT_EQ(text(5), "0.05");
  EXPECT_EQ(text(389'900), "3899.0");
}

}  // namespace
}  // namespace salestream::generate
