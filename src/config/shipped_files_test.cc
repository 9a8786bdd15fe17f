// SPDX-License-Identifier: Apache-2.0
// The pipeline files of this repository, and the examples in the reference, are files that the parser takes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>

#include "config/testing.h"

namespace salestream::config {
namespace {

using ::testing::ElementsAre;
using testing::environment_of;
using ::testing::HasSubstr;

namespace fs = std::filesystem;

const fs::path kRoot = SALESTREAM_SOURCE_DIR;

PipelineFile loaded(const fs::path& file, const Environment& environment = environment_of({})) {
  auto loaded = load_pipeline_file(kRoot / file, environment);
  EXPECT_TRUE(loaded.ok()) << loaded.error().message;
  return loaded.ok() ? *std::move(loaded) : PipelineFile{};
}

TEST(ShippedFiles, EcommerceSalesIsRead) {
  const PipelineFile file = loaded("pipelines/ecommerce_sales.yaml");
  const auto& kafka = std::get<source::KafkaOptions>(file.source);
  EXPECT_EQ(kafka.topic, "ecommerce_sales");
  EXPECT_EQ(kafka.properties.at("bootstrap.servers"), "localhost:9092");
  EXPECT_EQ(file.definition.canonical_text(),
            "pipeline: \"ecommerce_sales\"\norder.id: \"order_id\"\norder.client: \"client_document\"\n"
            "order.time: \"sale_datetime\"\norder.total: \"total_value\"\norder.items: \"products\"\n"
            "order.product: \"product_name\"\norder.quantity: \"quantity\"\norder.price: \"price\"\n"
            "allow_returns: false\nwrong_total: count\nmax_message_bytes: 4194304\n"
            "totals.\"product_sales\".by: product\ntotals.\"product_sales\".columns.\"product_name\": product\n"
            "totals.\"product_sales\".columns.\"total_sales\": revenue\n");
  const auto& cassandra = std::get<store::CassandraOptions>(file.store);
  EXPECT_THAT(cassandra.contact_points, ElementsAre("localhost:9042"));
  EXPECT_EQ(cassandra.keyspace, "ecommerce");
  const PipelineFile elsewhere =
      loaded("pipelines/ecommerce_sales.yaml", environment_of({{"KAFKA_BROKERS", "k:1"}, {"CASSANDRA", "c:1,d"}}));
  EXPECT_EQ(std::get<source::KafkaOptions>(elsewhere.source).properties.at("bootstrap.servers"), "k:1");
  EXPECT_THAT(std::get<store::CassandraOptions>(elsewhere.store).contact_points, ElementsAre("c:1", "d:9042"));
}

TEST(ShippedFiles, VendasEcommerceIsRead) {
  const PipelineFile file = loaded("pipelines/vendas_ecommerce.yaml");
  EXPECT_EQ(std::get<source::KafkaOptions>(file.source).topic, "vendas-ecommerce");
  EXPECT_EQ(file.definition.canonical_text(),
            "pipeline: \"vendas_ecommerce\"\norder.id: \"id_ordem\"\norder.client: \"cpf_cliente\"\n"
            "order.time: \"data_hora\"\norder.total: \"valor_total\"\norder.items: \"produtos_comprados\"\n"
            "order.product: .\norder.quantity.map: \"quantidade_por_produto\"\n"
            "allow_returns: false\nwrong_total: count\nmax_message_bytes: 4194304\n"
            "totals.\"vendas_por_produto\".by: product\ntotals.\"vendas_por_produto\".columns.\"produto\": product\n"
            "totals.\"vendas_por_produto\".columns.\"quantidade_total\": units\n");
}

TEST(ShippedFiles, DemoIsRead) {
  const PipelineFile file = loaded("pipelines/demo.yaml");
  const auto& generator = std::get<source::GeneratorOptions>(file.source);
  EXPECT_EQ(generator.partitions, 4);
  EXPECT_EQ(generator.orders_per_second, 2000);
  EXPECT_EQ(generator.orders_per_partition, 0);
  EXPECT_EQ(std::get<store::SqliteOptions>(file.store).file, "build/demo.db");
  EXPECT_EQ(file.definition.totals[0].columns.size(), 4U);
  const core::OrderMapping ecommerce = loaded("pipelines/ecommerce_sales.yaml").definition.order;
  EXPECT_EQ(file.definition.order.items, ecommerce.items);
  EXPECT_EQ(file.definition.order.price, ecommerce.price);
}

TEST(ShippedFiles, ThirdFormatIsRead) {
  const PipelineFile file = loaded("tests/golden/third_format.yaml");
  EXPECT_THAT(file.definition.order.items.path().steps, ElementsAre("pedido", "lineas"));
  EXPECT_THAT(file.definition.order.product.path().steps, ElementsAre("articulo", "nombre"));
  EXPECT_EQ(file.definition.totals.size(), 3U);
}

// A golden case without its answer, or with one for a table that its pipeline doesn't have, would test nothing.
TEST(ShippedFiles, GoldenCasesAreWhole) {
  int cases = 0;
  for (const auto& entry : fs::directory_iterator(kRoot / "tests/golden")) {
    if (!entry.is_directory()) continue;
    ++cases;
    const fs::path folder = entry.path();
    fs::path pipeline = folder / "pipeline.yaml";
    if (std::ifstream reference(folder / "pipeline.ref"); reference) {
      std::string line;
      std::getline(reference, line);
      pipeline = kRoot / line;
    }
    const PipelineFile file = loaded(pipeline);
    EXPECT_TRUE(fs::exists(folder / "orders.jsonl")) << folder;
    EXPECT_TRUE(fs::exists(folder / "rejects.txt")) << folder;
    std::set<std::string> expected{"orders.jsonl", "rejects.txt",
                                   fs::exists(folder / "pipeline.ref") ? "pipeline.ref" : "pipeline.yaml"};
    for (const core::TotalsTable& table : file.definition.totals) {
      const std::string name = "totals." + table.name + ".csv";
      expected.insert(name);
      std::ifstream csv(folder / name);
      std::string header, columns;
      std::getline(csv, header);
      for (const core::Column& column : table.columns) columns += (columns.empty() ? "" : ",") + column.name;
      EXPECT_EQ(header, columns) << folder / name;
    }
    std::set<std::string> there;
    for (const auto& inside : fs::directory_iterator(folder)) there.insert(inside.path().filename());
    EXPECT_EQ(there, expected) << folder;
  }
  EXPECT_GE(cases, 5);
}

TEST(ShippedFiles, ExamplesInTheReferenceAreRead) {
  std::ifstream in(kRoot / "docs/pipeline-file.md");
  std::stringstream text;
  text << in.rdbuf();
  const std::string doc = text.str();
  int examples = 0;
  for (std::size_t at = 0; (at = doc.find("```yaml\n", at)) != std::string::npos;) {
    const std::size_t begin = at + 8, end = doc.find("```", begin);
    ASSERT_NE(end, std::string::npos);
    const std::string example = doc.substr(begin, end - begin);
    at = end;
    ++examples;
    // An example of one section stands in for that section of a whole file.
    std::string file = example;
    if (example.find("pipeline: ") == std::string::npos) {
      const std::pair<std::string, std::string> sections[] = {
          {"pipeline", "pipeline: p\n"},
          {"source", "source: {file: f}\n"},
          {"order", "order: {client: c, total: t, items: i, product: p, quantity: q, price: x}\n"},
          {"totals", "totals: {t: {by: [product], columns: {p: product, u: units}}}\n"},
          {"store", "store: {sqlite: s}\n"}};
      for (const auto& [key, whole] : sections)
        if (!example.starts_with(key + ":") && example.find("\n" + key + ":") == std::string::npos) file += whole;
    }
    const auto parsed = parse_pipeline_file(file, "example.yaml",
                                            environment_of({{"KAFKA_PASSWORD", "x"}, {"CASSANDRA_PASSWORD", "x"}}));
    EXPECT_TRUE(parsed.ok()) << parsed.error().message << "\n" << file;
  }
  EXPECT_GE(examples, 6);
}

}  // namespace
}  // namespace salestream::config
