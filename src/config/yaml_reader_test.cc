// SPDX-License-Identifier: Apache-2.0
// Errors of the view itself: file, line, column, keys, what stands there and what belongs there.
#include "config/yaml_reader.h"

#include <gtest/gtest.h>

#include "config/testing.h"

namespace salestream::config {
namespace {

using testing::environment_of;
using testing::error_of;
using testing::good_with;

TEST(YamlReader, UnknownKeySuggestsTheOneMeant) {
  EXPECT_EQ(error_of(good_with("  price:", "  pric:")),
            "x.yaml:8:3: unknown key 'pric' in order; did you mean 'price'?");
  EXPECT_EQ(error_of(good_with("store:", "stores:")),
            "x.yaml:15:1: unknown key 'stores' at the top level; did you mean 'store'?");
  EXPECT_EQ(error_of(good_with("by:", "bye:")), "x.yaml:13:5: unknown key 'bye' in totals.sales; did you mean 'by'?");
}

TEST(YamlReader, UnknownKeyWithoutANeighbourListsTheKnown) {
  EXPECT_EQ(error_of(good_with("  file:", "  database:")),
            "x.yaml:3:3: unknown key 'database' in source; known here: kafka, file, generator");
}

TEST(YamlReader, AllUnknownKeysOfAMapAreNamedAtOnce) {
  EXPECT_EQ(error_of(good_with("  product: name\n  quantity: n", "  prodct: name\n  quantty: n")),
            "x.yaml:6:3: unknown key 'prodct' in order; did you mean 'product'?\n"
            "x.yaml:7:3: unknown key 'quantty' in order; did you mean 'quantity'?");
}

TEST(YamlReader, MissingKeySaysWhatBelongsThere) {
  EXPECT_EQ(error_of(good_with("  items: products\n", "")),
            "x.yaml:5:3: order.items is missing: the name of the array with the line items");
  EXPECT_EQ(error_of(good_with("pipeline: shop\n", "")),
            "x.yaml:1:1: pipeline is missing: a name for it, such as ecommerce_sales");
  EXPECT_EQ(
      error_of(good_with("    by: [product]\n", "")),
      "x.yaml:13:5: totals.sales.by is missing: a list of what a row stands for: product, client, minute, hour, day, "
      "week, month");
}

TEST(YamlReader, EmptyValueSaysWhatBelongsThere) {
  EXPECT_EQ(error_of(good_with("pipeline: shop", "pipeline:")),
            "x.yaml:1:1: pipeline has no value; a name such as ecommerce_sales belongs here");
  EXPECT_EQ(error_of(good_with("pipeline: shop", "pipeline: ''")),
            "x.yaml:1:11: pipeline is empty; a name such as ecommerce_sales belongs here");
}

TEST(YamlReader, WrongKindSaysWhatStandsThere) {
  EXPECT_EQ(error_of(good_with("pipeline: shop", "pipeline: [shop]")),
            "x.yaml:1:11: pipeline is a list; a name such as ecommerce_sales belongs here");
  EXPECT_EQ(error_of(good_with("  file: orders.jsonl", "  - file")),
            "x.yaml:3:3: source is a list; a map of keys belongs here");
  EXPECT_EQ(error_of(good_with("[product]", "product")),
            "x.yaml:13:9: totals.sales.by is 'product'; a list such as [a, b] belongs here");
  EXPECT_EQ(error_of(good_with("[product]", "[]")), "x.yaml:13:9: totals.sales.by is an empty list");
}

TEST(YamlReader, RefusesAFileThatIsNoMap) {
  EXPECT_EQ(error_of(""), "x.yaml:1:1: the file has nothing in it; a pipeline file begins with 'pipeline: NAME'");
  EXPECT_EQ(error_of("# only this\n"),
            "x.yaml:1:1: the file has nothing in it; a pipeline file begins with 'pipeline: NAME'");
  EXPECT_EQ(error_of("\nhello\n"),
            "x.yaml:2:1: a pipeline file is a map of keys such as 'pipeline: NAME', and this is 'hello'");
}

TEST(YamlReader, ReadsBooleans) {
  for (const std::string_view text : {"yes", "True", "1", "on"})
    EXPECT_EQ(error_of(good_with("", "allow_returns: " + std::string(text))),
              "x.yaml:17:16: allow_returns is '" + std::string(text) + "'; true or false belongs here");
}

TEST(YamlReader, ReadsWholeNumbers) {
  for (const std::string_view text :
       {"0", "257", "-1", "1.0", "+1", "1e1", "0x1", " '1 '", "four", "99999999999999999999"})
    EXPECT_NE(error_of(good_with("", "limits: {workers: " + std::string(text) + "}")), "no error") << text;
  EXPECT_EQ(error_of(good_with("", "limits: {workers: 0}")),
            "x.yaml:17:19: limits.workers is '0'; a whole number from 1 to 256 belongs here");
}

TEST(YamlReader, ReadsSizes) {
  const auto cells = [](const std::string& text) -> std::int64_t {
    const auto file =
        parse_pipeline_file(good_with("", "limits: {cells_in_memory: " + text + "}"), "x.yaml", environment_of({}));
    return file.ok() ? file->limits.cells_in_memory_bytes : -1;
  };
  EXPECT_EQ(cells("33554432"), 33554432);
  EXPECT_EQ(cells("2048KiB"), 2 << 20);
  EXPECT_EQ(cells("32MiB"), 32 << 20);
  EXPECT_EQ(cells("1024GiB"), std::int64_t{1} << 40);
  for (const std::string text : {"1025GiB", "1", "1023KiB", "32MB", "32M", "32 MiB", "MiB", "1.5MiB", "-1MiB",
                                 "9223372036854775807GiB", "17179869185GiB", "18446744073709551616"})
    EXPECT_EQ(cells(text), -1) << text;
  EXPECT_EQ(
      error_of(good_with("", "limits: {cells_in_memory: 32MB}")),
      "x.yaml:17:27: limits.cells_in_memory is '32MB'; a size from 1MiB to 1024GiB in KiB, MiB, GiB or plain bytes, "
      "such as 32MiB or 33554432, belongs here");
}

TEST(YamlReader, VariablesAreReplacedBeforeAnyCheck) {
  const auto environment = environment_of({{"WORKERS", "7"}, {"RETURNS", "true"}, {"FILE", "o.jsonl"}});
  std::string text = good_with("orders.jsonl", "${FILE}");
  text += "allow_returns: ${RETURNS}\nlimits: {workers: \"${WORKERS}\"}\n";
  const auto file = parse_pipeline_file(text, "x.yaml", environment);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->limits.workers, 7);
  EXPECT_TRUE(file->definition.allow_returns);
  EXPECT_EQ(std::get<source::FileOptions>(file->source).path, "o.jsonl");
}

TEST(YamlReader, AVariableCannotAddYaml) {
  const auto environment = environment_of({{"FILE", "x\nlimits: {workers: 9}"}});
  const auto file = parse_pipeline_file(good_with("orders.jsonl", "${FILE}"), "x.yaml", environment);
  ASSERT_TRUE(file.ok()) << file.error().message;
  EXPECT_EQ(file->limits.workers, 1);
}

TEST(YamlReader, UnsetVariableIsNamedWithItsPlace) {
  EXPECT_EQ(
      error_of(good_with("orders.jsonl", "${ORDERS}")),
      "x.yaml:3:9: source.file cannot be read: the environment variable ORDERS is not set; set it, or give a default: "
      "'${ORDERS:-…}'");
}

TEST(YamlReader, ReplacedBytesAreBounded) {
  const auto environment = environment_of({{"BIG", std::string(30'000, 'x')}});
  std::string text = good_with("", "keep: {product: [");
  for (int i = 0; i < 300; ++i) text += "\"" + std::to_string(i) + "${BIG}\", ";
  EXPECT_NE(error_of(text + "]}", environment).find("too many bytes"), std::string::npos);
}

// Every value that the file has, one after the other, comes from the environment, in shapes that get past different
// checks; whatever is wrong with it then, no error shows it.
TEST(YamlReader, NamesNoSecretInAnError) {
  const std::string files[] = {
      std::string(testing::kGood) +
          "keep: {product: [Mouse, Mouse2]}\nallow_returns: true\nwrong_total: reject\n"
          "limits: {workers: 2, cells_in_memory: 32MiB, flush_interval_ms: 9}\n",
      good_with(
          "  file: orders.jsonl",
          "  kafka: {topic: t, bootstrap.servers: b, isolation.level: read_committed, group.id: g, sasl.password: p,\n"
          "    partition.assignment.strategy: range, create: {partitions: 1, replication_factor: 1}}"),
      good_with("  file: orders.jsonl",
                "  generator: {seed: 1, partitions: 1, orders_per_partition: 1, orders_per_second: 1}"),
      good_with("  quantity: n", "  quantity: {map: [n]}")};
  const std::string secrets[] = {"s3cr3tZq",
                                 "s3cr3tZq..x",
                                 ".s3cr3tZq",
                                 "987654321987654321987",
                                 "s3cr3tZq/ cooperative-sticky",
                                 ":memory:s3cr3tZq",
                                 "file:s3cr3tZq",
                                 std::string("s3cr3tZq\n\xFF$"),
                                 ""};
  int errors = 0;
  for (const std::string& text : files) {
    const auto tree = parse_yaml(text, "x.yaml");
    ASSERT_TRUE(tree.ok());
    std::vector<std::size_t> line_begins{0};
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') line_begins.push_back(i + 1);
    for (const YamlNode& node : tree->nodes) {
      if (node.kind != YamlNode::Kind::kScalar) continue;
      const std::size_t at =
          line_begins[static_cast<std::size_t>(node.place.line) - 1] + static_cast<std::size_t>(node.place.column) - 1;
      std::string spoiled = text;
      spoiled.replace(at, node.scalar.size(), "\"${SECRET}\"");
      for (const std::string& secret : secrets) {
        const std::string error = error_of(spoiled, environment_of({{"SECRET", secret}}));
        errors += error != "no error";
        EXPECT_EQ(error.find("s3cr3tZq"), std::string::npos) << error;
        EXPECT_EQ(error.find("987654321987654321987"), std::string::npos) << error;
      }
    }
  }
  EXPECT_GT(errors, 200);
}

}  // namespace
}  // namespace salestream::config
