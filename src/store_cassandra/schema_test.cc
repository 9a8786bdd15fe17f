// SPDX-License-Identifier: Apache-2.0
// The tables and statements of the Cassandra store as text: no server is needed.
#include "store_cassandra/schema.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "store/contract_test.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/statements.h"

namespace salestream::store::cassandra {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

CassandraOptions ecommerce() {
  CassandraOptions options;
  options.contact_points = {"127.0.0.1:9042"};
  options.keyspace = "ecommerce";
  return options;
}

// The reference system's own table.
core::Definition product_sales() {
  core::Definition definition = contract_identity().definition;
  definition.pipeline = "ecommerce_sales";
  definition.totals = {{"product_sales",
                        {core::Dimension::kProduct},
                        {{"product_name", core::Dimension::kProduct}, {"total_sales", core::Measure::kRevenue}}}};
  return definition;
}

std::string document() {
  std::ostringstream out;
  out << std::ifstream(SALESTREAM_SOURCE_DIR "/docs/cassandra.md").rdbuf();
  return out.str();
}

TEST(CassandraSchema, DocumentHasEveryStatementAsItIs) {
  const auto statements = cassandra_schema(ecommerce(), product_sales());
  ASSERT_TRUE(statements.ok()) << statements.error().message;
  EXPECT_EQ(statements->size(), 9U);
  const std::string text = document();
  for (const std::string& statement : *statements) EXPECT_THAT(text, HasSubstr(statement + ";\n"));
}

TEST(CassandraSchema, TheReferenceTableIsWhatAPersonMakesByHand) {
  // CREATE TABLE ecommerce.product_sales (product_name text PRIMARY KEY, total_sales decimal)
  const TableShape by_hand{"product_sales",
                           {{"total_sales", "decimal"}, {"product_name", "text", ColumnRole::kPartitionKey, 0}},
                           "another comment"};
  EXPECT_EQ(difference(by_hand, totals_table(product_sales().totals[0])), "");
}

TEST(CassandraSchema, KeysOfSeveralDimensionsAndProperTypes) {
  const core::Definition definition = contract_identity().definition;
  const core::TotalsTable &products = definition.totals[0], &clients = definition.totals[1];
  EXPECT_EQ(totals_table(products).description(),
            "product_name text (partition key 1), number_of_orders bigint, pieces decimal, total_sales decimal");
  EXPECT_EQ(totals_table(clients).description(),
            "client text (partition key 1), product text (clustering key 1), total decimal");
  EXPECT_THAT(
      totals_table(clients).cql("shop"),
      HasSubstr("CREATE TABLE IF NOT EXISTS shop.client_sales (\n  total decimal,\n  product text,\n  client text,\n"
                "  PRIMARY KEY ((client), product)\n) WITH comment = '"));
  EXPECT_EQ(
      cells_table(clients).description(),
      "client text (partition key 1), generation int (partition key 2), product text (clustering key 1), partition "
      "int (clustering key 2), orders bigint, revenue decimal, through bigint, units decimal");
}

TEST(CassandraSchema, DifferencesAreShownFromBothSides) {
  TableShape found = totals_table(product_sales().totals[0]);
  const TableShape wanted = found;
  found.columns[1].type = "double";
  found.columns.push_back({"note", "text"});
  EXPECT_EQ(difference(found, wanted), "it has note text, total_sales double; it should have total_sales decimal");
  found = wanted;
  found.columns.pop_back();
  EXPECT_EQ(difference(found, wanted), "it should have total_sales decimal");
  found = wanted;
  found.columns[1].role = ColumnRole::kClustering;
  EXPECT_EQ(difference(found, wanted),
            "it has total_sales decimal (clustering key 1); it should have total_sales decimal");
}

TEST(CassandraSchema, StatementsWriteWithTheirOwnTimestamps) {
  const TableCql cql = table_cql("shop", contract_identity().definition.totals[1]);
  EXPECT_EQ(
      cql.write_cell,
      "INSERT INTO shop.client_sales_cells (client, product, generation, partition, revenue, units, orders, through) "
      "VALUES (?, ?, ?, ?, ?, ?, ?, ?) USING TIMESTAMP ?");
  EXPECT_EQ(cql.read_partition_cell.one,
            "SELECT partition, revenue, units, orders, through FROM shop.client_sales_cells WHERE generation = ? AND "
            "partition = ? AND client = ? AND product = ?");
  EXPECT_EQ(cql.read_partition_cell.many, "") << "IN has no room for a key of two columns";
  EXPECT_EQ(cql.write_totals,
            "INSERT INTO shop.client_sales (client, product, total) VALUES (?, ?, ?) USING TIMESTAMP ?");
  EXPECT_EQ(cql.scan_totals, "SELECT client, product, total, WRITETIME(total) FROM shop.client_sales");
}

TEST(CassandraSchema, CellsOfManyKeysComeWithTheirKey) {
  const TableCql cql = table_cql("shop", contract_identity().definition.totals[0]);
  EXPECT_EQ(cql.read_cells.many,
            "SELECT product_name, partition, revenue, units, orders, through FROM shop.product_sales_cells "
            "WHERE generation = ? AND product_name IN ?");
}

TEST(CassandraSchema, NamesAreQuotedWhereCqlNeedsIt) {
  EXPECT_EQ(quoted_name("product_sales"), "product_sales");
  EXPECT_EQ(quoted_name("Product"), "\"Product\"");
  EXPECT_EQ(quoted_name("order"), "\"order\"");
  EXPECT_EQ(quoted_name("1st"), "\"1st\"");
  EXPECT_EQ(quoted_name("it's \"so\""), "\"it's \"\"so\"\"\"");
}

TEST(CassandraSchema, KeyspaceHasTheReplicationThatIsAskedFor) {
  CassandraOptions options = ecommerce();
  EXPECT_EQ(keyspace_cql(options),
            "CREATE KEYSPACE IF NOT EXISTS ecommerce WITH replication = {'class': 'SimpleStrategy', "
            "'replication_factor': 1}");
  options.replication = {"NetworkTopologyStrategy", 1, {{"east", 3}, {"west", 2}}};
  EXPECT_EQ(
      keyspace_cql(options),
      "CREATE KEYSPACE IF NOT EXISTS ecommerce WITH replication = {'class': 'NetworkTopologyStrategy', 'east': 3, "
      "'west': 2}");
}

TEST(CassandraSchema, RefusesNamesThatCassandraCannotHave) {
  const auto refusal = [](const auto& change) {
    CassandraOptions options = ecommerce();
    core::Definition definition = contract_identity().definition;
    change(options, definition.totals);
    const auto status = check_names(options, definition);
    if (status.ok()) return std::string("(not refused)");
    EXPECT_EQ(status.error().kind, base::ErrorKind::kUsage);
    return status.error().message;
  };
  using Totals = std::vector<core::TotalsTable>;
  EXPECT_EQ(refusal([](auto&, Totals&) {}), "(not refused)");
  for (const char* name : {"", "my-shop", "shop.sales", "ção"})
    EXPECT_THAT(refusal([&](CassandraOptions& o, Totals&) { o.keyspace = name; }), HasSubstr("only letters")) << name;
  EXPECT_THAT(refusal([](CassandraOptions& o, Totals&) { o.keyspace = std::string(49, 'k'); }),
              HasSubstr("at most 48"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].name = std::string(43, 'k'); }), HasSubstr("at most 42"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].name = "salestream_x"; }), HasSubstr("are taken"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].name = "client_sales_cells"; }), HasSubstr("another table has"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].columns[0].name = "through"; }), HasSubstr("table of cells needs"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].columns[0].name = "pieces"; }), HasSubstr("two columns"));
  EXPECT_THAT(refusal([](auto&, Totals& t) { t[0].columns[0].name = ""; }), HasSubstr("cannot have"));
  EXPECT_THAT(refusal([](auto&, Totals& t) {
                t[0].columns[0].name = "through";
                t[0].columns[0].place = "sales.yaml:14:15";
              }),
              testing::StartsWith("sales.yaml:14:15: the totals table "));
}

TEST(CassandraSchema, KnowsWhatATableOfAnEarlierSalestreamLacks) {
  const auto without = [](TableShape shape, std::initializer_list<const char*> names) {
    for (const char* name : names)
      std::erase_if(shape.columns, [&](const ColumnShape& column) { return column.name == name; });
    return shape;
  };
  const TableShape wanted = progress_table();
  EXPECT_TRUE(missing_columns(wanted, wanted).empty());
  const auto missing = missing_columns(without(wanted, {"duplicates", "window_offset"}), wanted);
  EXPECT_EQ(add_columns_cql("shop", wanted.name, missing),
            "ALTER TABLE shop.salestream_progress ADD (duplicates bigint, window_offset bigint)");
  // What can't be mended by that is no matter of age.
  EXPECT_TRUE(missing_columns(without(wanted, {"duplicates", "generation"}), wanted).empty()) << "part of the key";
  TableShape other = without(wanted, {"duplicates"});
  other.columns.push_back({"notes", "text"});
  EXPECT_TRUE(missing_columns(other, wanted).empty()) << "someone else's column";
  other = without(wanted, {"duplicates"});
  for (ColumnShape& column : other.columns)
    if (column.name == "messages") column.type = "int";
  EXPECT_TRUE(missing_columns(other, wanted).empty()) << "another type";
}

}  // namespace
}  // namespace salestream::store::cassandra
