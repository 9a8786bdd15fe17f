// SPDX-License-Identifier: Apache-2.0
// The grammar of a pipeline file but for source and store: what each key becomes, and every error with its place.
#include "config/pipeline_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <vector>

#include "config/testing.h"

namespace salestream::config {
namespace {

using ::testing::ElementsAre;
using testing::environment_of;
using testing::error_of;
using testing::good_with;
using ::testing::HasSubstr;
using testing::kGood;
using ::testing::StartsWith;

PipelineFile parsed(std::string_view text) {
  auto file = parse_pipeline_file(text, "x.yaml", environment_of({}));
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? *std::move(file) : PipelineFile{};
}

TEST(PipelineFile, ReadsTheLeastThatAFileNeeds) {
  const PipelineFile file = parsed(
      "pipeline: p-1_X\nsource: {file: f}\norder: {items: i, product: p, quantity: q}\n"
      "totals: {t: {by: [product], columns: {p: product, u: units}}}\nstore: {sqlite: s}\n");
  EXPECT_EQ(file.definition.canonical_text(),
            "pipeline: \"p-1_X\"\norder.items: \"i\"\norder.product: \"p\"\norder.quantity: \"q\"\n"
            "allow_returns: false\nwrong_total: count\nmax_message_bytes: 4194304\n"
            "totals.\"t\".by: product\ntotals.\"t\".columns.\"p\": product\ntotals.\"t\".columns.\"u\": units\n");
  EXPECT_EQ(std::get<source::FileOptions>(file.source).path, "f");
  EXPECT_EQ(std::get<store::SqliteOptions>(file.store).file, "s");
  EXPECT_EQ(file.limits.workers, 1);
  EXPECT_EQ(file.limits.cells_in_memory_bytes, 32 << 20);
  EXPECT_EQ(file.limits.rejects_in_memory_bytes, 8 << 20);
  EXPECT_EQ(file.limits.rows_in_memory_bytes, 64 << 20);
  EXPECT_EQ(file.limits.flush_interval_ms, 100);
}

TEST(PipelineFile, TakesEveryKey) {
  const PipelineFile file = parsed(
      "pipeline: p\nsource: {file: f}\n"
      "order: {id: a.b, client: c, time: t, total: sum, items: o.i, product: x.p, quantity: {map: o.q}, price: x.y}\n"
      "keep: {product: [b, a]}\nallow_returns: true\nwrong_total: reject\n"
      "totals:\n  z: {by: [client, product], columns: {u: units, p: product, c: client, n: orders}}\n"
      "  a: {by: [client], columns: {c: client, r: revenue}}\n"
      "store: {sqlite: s}\n"
      "limits: {workers: 3, cells_in_memory: 1MiB, rejects_in_memory: 64KiB, rows_in_memory: 64KiB, "
      "flush_interval_ms: 250, max_message_bytes: 1KiB}\n");
  EXPECT_EQ(
      file.definition.canonical_text(),
      "pipeline: \"p\"\norder.id: \"a\".\"b\"\norder.client: \"c\"\norder.time: \"t\"\norder.total: \"sum\"\n"
      "order.items: \"o\".\"i\"\norder.product: \"x\".\"p\"\norder.quantity.map: \"o\".\"q\"\norder.price: "
      "\"x\".\"y\"\n"
      "keep.product: \"a\"\nkeep.product: \"b\"\nallow_returns: true\nwrong_total: reject\nmax_message_bytes: 1024\n"
      "totals.\"z\".by: client product\ntotals.\"z\".columns.\"u\": units\ntotals.\"z\".columns.\"p\": product\n"
      "totals.\"z\".columns.\"c\": client\ntotals.\"z\".columns.\"n\": orders\n"
      "totals.\"a\".by: client\ntotals.\"a\".columns.\"c\": client\ntotals.\"a\".columns.\"r\": revenue\n");
  EXPECT_EQ(file.limits.workers, 3);
  EXPECT_EQ(file.limits.cells_in_memory_bytes, 1 << 20);
  EXPECT_EQ(file.limits.rejects_in_memory_bytes, 64 << 10);
  EXPECT_EQ(file.limits.rows_in_memory_bytes, 64 << 10);
  EXPECT_EQ(file.limits.flush_interval_ms, 250);
}

TEST(PipelineFile, IgnoresTheOrderOfKeep) {
  EXPECT_EQ(parsed(good_with("", "keep: {product: [b, a]}")).definition.canonical_text(),
            parsed(good_with("", "keep: {product: [a, b]}")).definition.canonical_text());
}

TEST(PipelineFile, ChecksItsName) {
  for (const std::string name : {"a b", "ção", "a.b", "a/b", "${X:-a b}"})
    EXPECT_EQ(error_of(good_with("shop", name)),
              "x.yaml:1:11: pipeline is '" + name +
                  "'; a name has letters without accents, digits, '_' and '-', at most 100");
  EXPECT_NE(error_of(good_with("shop", std::string(101, 'a'))), "no error");
  EXPECT_EQ(error_of(good_with("shop", std::string(100, 'a'))), "no error");
}

TEST(Order, ReadsPaths) {
  EXPECT_THAT(parsed(good_with("products", "order.lines")).definition.order.items.path().steps,
              ElementsAre("order", "lines"));
  EXPECT_THAT(parsed(good_with("products", "[\"order.lines\", x]")).definition.order.items.path().steps,
              ElementsAre("order.lines", "x"));
  for (const std::string path : {"a..b", ".a", "a.", ".."})
    EXPECT_EQ(error_of(good_with("products", path)),
              "x.yaml:5:10: order.items is '" + path +
                  "', which has an empty step; a name that holds a dot is written in a list: [\"order.lines\"]");
  EXPECT_EQ(error_of(good_with("products", "[a, '']")),
            "x.yaml:5:14: order.items is empty; the name of a field belongs here");
  EXPECT_EQ(error_of(good_with("products", "{a: b}")), "x.yaml:5:11: unknown key 'a' in order.items; known here: json");
  std::string deep = "a";
  for (int i = 0; i < 15; ++i) deep += ".a";
  EXPECT_EQ(error_of(good_with("products", deep)), "no error");
  EXPECT_EQ(error_of(good_with("products", deep + ".a")), "x.yaml:5:10: order.items has 17 steps; 16 are the most");
}

std::string definition_of(const std::string& text) { return parsed(text).definition.canonical_text(); }

// The rest of a pipeline file behind `order`.
std::string with_order(const std::string& order, const std::string& rest = "", const std::string& by = "product") {
  std::string columns;
  for (std::size_t begin = 0, n = 0; begin < by.size(); ++n) {
    const std::size_t end = std::min(by.find(", ", begin), by.size());
    columns += "c" + std::to_string(n) + ": " + by.substr(begin, end - begin) + ", ";
    begin = end + 2;
  }
  return "pipeline: p\nsource: {file: f}\norder: {" + order + "}\n" + rest + "totals:\n  t:\n    by: [" + by +
         "]\n    columns: {" + columns + "u: units}\nstore: {sqlite: s}\n";
}

TEST(Fields, AreReadWithAllThatIsSaidOfThem) {
  const std::string text = definition_of(with_order(
      "items: \"orders[].items\", product: [sku, a.b, [\"c.d\"]], quantity: {field: qty, default: 1}, "
      "price: {field: cents, scale: 2}, amount: {item: total, scale: {by_currency: true}}, currency: {item: cur}, "
      "time: {field: at, unit: ms}, id: {kafka: key}",
      "fields:\n  country: {order: [x.y, z], default: \"??\"}\n  n: {item: n, type: integer, default: null}\n"
      "  sent: {kafka: timestamp}\nwhere: country <> 'BR'\nitems_where: n is null and price > 0\n",
      "country, day(sent), id, currency, hour"));
  EXPECT_THAT(text, HasSubstr("order.id: kafka key\n"));
  EXPECT_THAT(text, HasSubstr("order.time: \"at\" unit ms\n"));
  EXPECT_THAT(text, HasSubstr("order.items: \"orders\"[].\"items\"\n"));
  EXPECT_THAT(text, HasSubstr("order.product: \"sku\" | \"a\".\"b\" | \"c.d\"\n"));
  EXPECT_THAT(text, HasSubstr("order.quantity: \"qty\" default \"1\"\n"));
  EXPECT_THAT(text, HasSubstr("order.price: \"cents\" scale 2\n"));
  EXPECT_THAT(text, HasSubstr("order.amount: \"total\" in item scale by currency\n"));
  EXPECT_THAT(text, HasSubstr("order.currency: \"cur\" in item\n"));
  EXPECT_THAT(text, HasSubstr("fields.\"country\": \"x\".\"y\" | \"z\" in order default \"??\"\n"));
  EXPECT_THAT(text, HasSubstr("fields.\"n\": \"n\" in item type integer or null\n"));
  EXPECT_THAT(text, HasSubstr("fields.\"sent\": kafka timestamp type time\n"));
  EXPECT_THAT(text, HasSubstr("where: \"country <> 'BR'\"\n"));
  EXPECT_THAT(text, HasSubstr("items_where: \"n IS NULL AND price > 0\"\n"));
  EXPECT_THAT(text, HasSubstr("totals.\"t\".by: country day(sent) id currency hour\n"));
}

TEST(Fields, SayWhatIsWrongWithThem) {
  const std::string order = "items: i, product: p, quantity: q, price: r";
  const auto wrong = [](const std::string& text) { return error_of(text); };
  EXPECT_THAT(wrong(with_order("items: i, product: p, quantity: 1")), HasSubstr("x.yaml:3:41: order.quantity is '1'"));
  EXPECT_THAT(wrong(with_order("items: i, product: p, quantity: 1")), HasSubstr("{field: none, default: 1}"));
  EXPECT_THAT(wrong(with_order("items: i, product: {default: x}, quantity: q")), HasSubstr("needs its place"));
  EXPECT_THAT(wrong(with_order("items: i, product: {field: a, item: b}, quantity: q")),
              HasSubstr("one place is enough"));
  EXPECT_THAT(wrong(with_order("items: i, product: {field: p, type: text}, quantity: q")), HasSubstr("is known"));
  EXPECT_THAT(wrong(with_order("items: i, product: {field: p, scale: 2}, quantity: q")),
              HasSubstr("belongs to a decimal"));
  EXPECT_THAT(wrong(with_order("items: i, product: {kafka: key}, quantity: q")), HasSubstr("stands in a line item"));
  EXPECT_THAT(wrong(with_order("items: i, product: p, quantity: q, client: {item: c}")), HasSubstr("whole order"));
  EXPECT_THAT(wrong(with_order("items: i, product: p, quantity: {field: q, default: x}")), HasSubstr("no decimal"));
  EXPECT_THAT(wrong(with_order("items: i, product: {field: p, default: null}, quantity: q")),
              HasSubstr("cannot be NULL"));
  EXPECT_THAT(wrong(with_order("items: i, product: p, quantity: q, price: {field: r, scale: {by_currency: true}}")),
              HasSubstr("say in order.currency"));
  EXPECT_THAT(wrong(with_order(order, "fields: {day: d}\n")), HasSubstr("has a meaning of its own"));
  EXPECT_THAT(wrong(with_order(order, "fields: {case: d}\n")), HasSubstr("word of conditions"));
  EXPECT_THAT(wrong(with_order(order, "fields: {a-b: d}\n")), HasSubstr("cannot be the name of a field"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: i.x}\n")), HasSubstr("cannot stand in what is another value"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: {order: x, unit: ms}}\n")),
              HasSubstr("belongs to a time or a date"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: {order: x, default: null}}\n", "c")), HasSubstr("may be NULL"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: {order: x, type: time}}\n", "c")), HasSubstr("day(c)"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: x}\n", "day(c)")), HasSubstr("is no time"));
  EXPECT_THAT(wrong(with_order(order, "fields: {c: x}\n", "d")), HasSubstr("week, c or month belongs here"));
  EXPECT_THAT(wrong(with_order(order, "", "currency")), HasSubstr("say in order.currency"));
}

TEST(Fields, ConditionsSayWhereTheyAreWrong) {
  const std::string order = "items: i, product: p, quantity: q, price: r";
  const std::string error = error_of(with_order(order, "fields: {status: s}\nwhere: statsu = 'paid'\n"));
  EXPECT_THAT(error, StartsWith("x.yaml:5:8: where is no condition, at its column 1: "));
  EXPECT_THAT(error, HasSubstr("status"));
  EXPECT_THAT(error, HasSubstr("\n^"));
  EXPECT_THAT(error_of(with_order(order, "where: price > 1\n")), HasSubstr("price")) << "of a line item";
  EXPECT_EQ(error_of(with_order(order, "items_where: price > 1\n")), "no error");
}

TEST(Fields, ConditionsShowNothingOfTheEnvironment) {
  const std::string text = with_order("items: i, product: p, quantity: q", "where: ${SECRET} = 'paid'\n");
  const std::string error = testing::error_of(text, environment_of({{"SECRET", "hush"}}));
  EXPECT_THAT(error, HasSubstr("where is no condition"));
  EXPECT_EQ(error.find("hush"), std::string::npos) << error;
}

TEST(Fields, RevenueOfTwoCurrenciesIsNeverAdded) {
  const auto revenue = [](const std::string& where, const std::string& by) {
    std::string text = with_order("items: i, product: p, quantity: q, price: r, currency: c", where, by);
    return error_of(text.replace(text.find("u: units"), 8, "r: revenue"));
  };
  EXPECT_THAT(revenue("", "product"), HasSubstr("whose sum is no figure"));
  EXPECT_EQ(revenue("", "product, currency"), "no error");
  EXPECT_EQ(revenue("where: currency = 'BRL'\n", "product"), "no error");
  EXPECT_EQ(revenue("where: id IS NULL OR currency = 'BRL'\n", "product").find("no error"), std::string::npos);
  EXPECT_EQ(revenue("where: currency = 'BRL' AND currency <> ''\n", "product"), "no error");
  EXPECT_THAT(revenue("where: NOT currency = 'BRL'\n", "product"), HasSubstr("whose sum is no figure"));
}

TEST(Order, TakesTheItemItselfForTheProductOnly) {
  const std::string by_map = "  product: .\n  quantity: {map: n}\n";
  std::string text = good_with("  product: name\n  quantity: n\n  price: price\n", by_map);
  text.replace(text.find("revenue"), 7, "units");
  const PipelineFile file = parsed(text);
  EXPECT_TRUE(file.definition.order.product.is_element_itself());
  EXPECT_TRUE(file.definition.order.quantity_is_map);

  EXPECT_EQ(error_of(good_with("  product: name", "  product: .")),
            "x.yaml:7:13: order.quantity cannot stand in a line item that is itself the product; write {map: NAME}");
  EXPECT_EQ(error_of(good_with("  product: name\n  quantity: n", "  product: .\n  quantity: {map: n}")),
            "x.yaml:8:10: order.price cannot stand in a line item that is itself the product");
  EXPECT_EQ(error_of(good_with("quantity: n", "quantity: {map: .}")),
            "x.yaml:7:19: order.quantity.map is '.', which is the line item itself, or the message; only order.product "
            "and order.items can be that");
  EXPECT_EQ(error_of(good_with("quantity: n", "quantity: {}")),
            "x.yaml:7:13: a value needs its place: field, order, item or kafka is missing");
}

TEST(Order, RefusesOneFieldForTwoThings) {
  EXPECT_EQ(error_of(good_with("buyer", "sum")), "x.yaml:10:10: order.total is the same field as order.client");
  EXPECT_EQ(error_of(good_with("buyer", "products.x")),
            "x.yaml:5:10: order.items cannot be a value: order.client stands in it");
  EXPECT_EQ(error_of(good_with("  items: products", "  items: buyer.list")),
            "x.yaml:5:10: order.items cannot stand in order.client, which is a value");
  EXPECT_EQ(error_of(good_with("quantity: n", "quantity: name")),
            "x.yaml:7:13: order.quantity is the same field as order.product");
  // In the message and in a line item the same name is two fields.
  EXPECT_EQ(error_of(good_with("buyer", "name")), "no error");
}

TEST(Keep, SaysWhatIsWrong) {
  EXPECT_EQ(
      error_of(good_with("", "keep: {}")),
      "x.yaml:17:7: keep has nothing in it; write a list of products, keep: {product: [Laptop]}, or leave it out");
  EXPECT_EQ(error_of(good_with("", "keep: {product: []}")), "x.yaml:17:17: keep.product is an empty list");
  EXPECT_EQ(error_of(good_with("", "keep: {product: Laptop}")),
            "x.yaml:17:17: keep.product is 'Laptop'; a list such as [a, b] belongs here");
  EXPECT_EQ(error_of(good_with("", "keep: {product: [a, b, a]}")), "x.yaml:17:24: keep.product has 'a' twice");
  EXPECT_EQ(error_of(good_with("", "keep: {product: [a, '']}")),
            "x.yaml:17:21: keep.product is empty; the name of a product belongs here");
  EXPECT_EQ(error_of(good_with("", "keep: {product: [" + std::string(32769, 'x') + "]}")),
            "x.yaml:17:18: keep.product has a name of more than 32768 bytes");
}

TEST(WrongTotal, NeedsSomethingToCompare) {
  EXPECT_EQ(error_of(good_with("", "wrong_total: reject")), "no error");
  EXPECT_EQ(error_of(good_with("", "wrong_total: ignore")),
            "x.yaml:17:14: wrong_total is 'ignore'; count or reject belongs here");
  EXPECT_EQ(
      error_of(good_with("  total: sum\n", "") + "wrong_total: reject"),
      "x.yaml:16:14: wrong_total is reject, which compares the order's own total with its items; say in order.total "
      "and order.price or order.amount where they stand");
}

TEST(Totals, ChecksBy) {
  EXPECT_EQ(error_of(good_with("[product]", "[shop]")),
            "x.yaml:13:10: totals.sales.by has 'shop'; product, client, minute, hour, day, week or month belongs here");
  EXPECT_EQ(error_of(good_with("[product]", "[product, product]")),
            "x.yaml:13:19: totals.sales.by has 'product' twice");
  std::string without_client = good_with("  client: buyer\n", "");
  without_client.replace(without_client.find("[product]"), 9, "[client]");
  EXPECT_EQ(error_of(without_client),
            "x.yaml:12:10: totals.sales.by has client; say in order.client where the client stands in a message");
}

TEST(Totals, WindowsNeedATimeAndAZoneThatIsThere) {
  std::string by_hour = good_with("[product]", "[hour, product]");
  by_hour.replace(by_hour.find("{product_name: product,"), 23, "{h: hour, product_name: product,");
  EXPECT_EQ(error_of(by_hour),
            "x.yaml:13:10: totals.sales.by has hour; say in order.time where the time of the sale stands in a message");
  by_hour.replace(by_hour.find("  client: buyer"), 0, "  time: at\n");
  EXPECT_EQ(error_of(by_hour), "no error");
  EXPECT_EQ(error_of(by_hour + "timezone: America/Sao_Paulo\n"), "no error");
  EXPECT_THAT(error_of(by_hour + "timezone: Brasil\n"),
              StartsWith("x.yaml:18:11: timezone is a time zone that is not known: there is no time zone 'Brasil'"));
}

TEST(Totals, ChecksColumns) {
  const auto columns = [](std::string_view by, std::string_view text) {
    std::string file = good_with("{product_name: product, total: revenue}", text);
    return error_of(file.replace(file.find("[product]"), 9, by));
  };
  EXPECT_EQ(columns("[product]", "{p: product, r: revenue, u: units, o: orders, r2: revenue}"), "no error");
  EXPECT_EQ(columns("[product, client]", "{c: client, p: product, u: units}"), "no error");
  EXPECT_EQ(
      columns("[product]", "{p: product, x: price}"),
      "x.yaml:14:30: totals.sales.columns.x is 'price'; product, client, minute, hour, day, week, month, revenue, "
      "units or orders belongs here");
  EXPECT_EQ(columns("[product]", "{u: units}"),
            "x.yaml:14:14: totals.sales.columns has no column that shows product, which is in by of this table");
  EXPECT_EQ(columns("[product]", "{p: product}"),
            "x.yaml:14:14: totals.sales.columns has no column that shows a measure: revenue, units or orders");
  EXPECT_EQ(columns("[product]", "{}"),
            "x.yaml:14:14: totals.sales.columns has no column that shows product, which is in by of this table");
  EXPECT_EQ(columns("[product]", "{p: product, q: product, u: units}"),
            "x.yaml:14:30: totals.sales.columns.q is 'product', which a column above shows already");
  EXPECT_EQ(columns("[product]", "{p: product, c: client, u: units}"),
            "x.yaml:14:30: totals.sales.columns.c is 'client', which is not in by of this table");
  EXPECT_EQ(columns("[product]", "{p: product, P: units}"),
            "x.yaml:14:27: 'P' is, but for upper and lower case, the name of the column in line 14 too");
  EXPECT_EQ(
      columns("[product]", "{ preço: product, u: units}"),
      "x.yaml:14:16: 'preço' cannot be the name of a column; letters without accents, digits and '_', not beginning "
      "with a digit, at most 48");
  for (const std::string_view name : {"1a", "a-b", "a b", "\"\"", "'a\"b'"})
    EXPECT_THAT(columns("[product]", "{" + std::string(name) + ": product, u: units}"),
                HasSubstr("cannot be the name of a column"))
        << name;
  std::string many = "{p: product";
  for (int i = 0; i < 16; ++i) many += ", c" + std::to_string(i) + ": units";
  EXPECT_THAT(columns("[product]", many + "}"), HasSubstr("totals.sales.columns has more than 16 columns"));
  EXPECT_EQ(
      error_of(good_with("  price: price\n", "")),
      "x.yaml:13:45: totals.sales.columns.total is revenue, which needs prices; say in order.price where the price "
      "stands in a line item, or in order.amount where the line's own amount does");
}

TEST(Totals, KnowWhereTheirNamesStand) {
  const auto file = parse_pipeline_file(kGood, "x.yaml", environment_of({}));
  ASSERT_TRUE(file.ok());
  const core::TotalsTable& table = file->definition.totals.at(0);
  EXPECT_EQ(table.place, "x.yaml:12:3");
  EXPECT_EQ(table.columns.at(0).place, "x.yaml:14:15");
}

TEST(Totals, ChecksTables) {
  const std::string table = "{by: [product], columns: {p: product, u: units}}";
  EXPECT_EQ(error_of(good_with("  sales:\n    by: [product]\n    columns: {product_name: product, total: revenue}\n",
                               "  {}\n")),
            "x.yaml:12:3: totals has no table");
  EXPECT_EQ(error_of(good_with("  sales:", "  SALES: " + table + "\n  sales:")),
            "x.yaml:13:3: 'sales' is, but for upper and lower case, the name of the table in line 12 too");
  EXPECT_EQ(error_of(good_with("  sales:", "  product-sales:")),
            "x.yaml:12:3: 'product-sales' cannot be the name of a table; letters without accents, digits and '_', not "
            "beginning with a digit, at most 48");
  EXPECT_EQ(error_of(good_with("  sales:", "  " + std::string(48, 'a') + ":")), "no error");
  EXPECT_NE(error_of(good_with("  sales:", "  " + std::string(49, 'a') + ":")), "no error");
  for (const std::string name : {"sqlite_sales", "Salestream_cells", "Rejects"})
    EXPECT_EQ(error_of(good_with("  sales:", "  " + name + ":")),
              "x.yaml:12:3: '" + name +
                  "' cannot be the name of a table; rejects, and names that begin with sqlite_ or "
                  "salestream_, are kept for the database and for salestream itself");
  std::string many;
  for (int i = 0; i < 16; ++i) many += "  t" + std::to_string(i) + ": " + table + "\n";
  EXPECT_EQ(error_of(good_with("  sales:", many + "  sales:")), "x.yaml:12:3: totals has 17 tables; 16 are the most");
}

TEST(Limits, HaveRanges) {
  for (const auto& [key, values] : std::initializer_list<std::pair<std::string, std::vector<std::string>>>{
           {"workers", {"1", "256", "0", "257"}},
           {"cells_in_memory", {"1MiB", "1024GiB", "1023KiB", "1025GiB"}},
           {"rejects_in_memory", {"64KiB", "64GiB", "63KiB", "65GiB"}},
           {"rows_in_memory", {"64KiB", "64GiB", "63KiB", "65GiB"}},
           {"flush_interval_ms", {"1", "60000", "0", "60001"}},
           {"max_message_bytes", {"1KiB", "64MiB", "1023", "65MiB"}}}) {
    const auto error = [&, key = key](const std::string& value) {
      return error_of(good_with("", "limits:\n  " + key + ": " + value));
    };
    EXPECT_EQ(error(values[0]), "no error") << key;
    EXPECT_EQ(error(values[1]), "no error") << key;
    const std::string place = "x.yaml:18:" + std::to_string(key.size() + 5) + ": limits." + key;
    EXPECT_THAT(error(values[2]), StartsWith(place + " is '" + values[2] + "'; ")) << key;
    EXPECT_THAT(error(values[3]), StartsWith(place + " is '" + values[3] + "'; ")) << key;
  }
  EXPECT_EQ(error_of(good_with("", "limits:")), "no error");
}

TEST(LoadPipelineFile, SaysWhyAFileCannotBeRead) {
  const auto error = [](const std::string& path) {
    const auto file = load_pipeline_file(path, environment_of({}));
    return file.ok() ? "no error" : file.error().message;
  };
  EXPECT_EQ(error("/nonexistent/x.yaml"),
            "cannot open the pipeline file /nonexistent/x.yaml: No such file or directory");
  EXPECT_EQ(error("/"), "cannot read the pipeline file /: Is a directory");
  EXPECT_EQ(error("/dev/null"),
            "/dev/null:1:1: the file has nothing in it; a pipeline file begins with 'pipeline: NAME'");
  EXPECT_EQ(error("/dev/zero"), "/dev/zero:1:1: the file has more than 1048576 bytes; is it a pipeline file?");
}

TEST(LoadPipelineFile, ReadsAFile) {
  const std::string path = ::testing::TempDir() + "load_pipeline_file_test.yaml";
  std::ofstream(path) << kGood;
  const auto file = load_pipeline_file(path, environment_of({}));
  std::filesystem::remove(path);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->definition.pipeline, "shop");
}

TEST(ParsePipelineFile, SaysThatTheEnvironmentIsWrongWithoutItsText) {
  const Environment troubled = [](std::string_view) -> std::optional<std::string> {
    throw std::runtime_error("s3cr3t");
  };
  const std::string error = error_of(good_with("shop", "${A}"), troubled);
  EXPECT_THAT(error, StartsWith("x.yaml:1:1: "));
  EXPECT_EQ(error.find("s3cr3t"), std::string::npos);
}

}  // namespace
}  // namespace salestream::config
