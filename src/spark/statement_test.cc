// SPDX-License-Identifier: Apache-2.0
#include "spark/statement.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/order.h"
#include "spark/kafka_source.h"
#include "spark/sql_text.h"

namespace salestream::spark {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsSupersetOf;
using testing::Key;
using testing::Not;
using testing::Pair;

core::Definition sales() {
  core::Definition d;
  d.pipeline = "sales";
  d.order.client = core::FieldPath{{"client"}};
  d.order.time = core::FieldPath{{"at"}};
  d.order.items = core::FieldPath{{"products"}};
  d.order.product = core::FieldPath{{"name"}};
  d.order.quantity = core::FieldPath{{"quantity"}};
  d.order.price = core::FieldPath{{"price"}};
  d.totals = {{"product_sales",
               {core::Dimension::kProduct},
               {{"product_name", core::Dimension::kProduct}, {"total_sales", core::Measure::kRevenue}}}};
  return d;
}

TEST(SparkStatement, RefusesWhatSparkCannotSay) {
  core::Definition definition = sales();
  EXPECT_TRUE(check_expressible(definition).ok());
  definition.deduplicate = core::Deduplicate{500};
  const auto status = check_expressible(definition);
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr("deduplicate cannot run on Spark"));
  EXPECT_THAT(status.error().message, HasSubstr("500 messages"));
  EXPECT_FALSE(compile(definition).ok());
  definition.deduplicate.reset();
  for (const auto& [change, name] :
       {std::pair{+[](core::Definition& d) { d.where = "client = 'a'"; }, "where cannot run on Spark yet"},
        {+[](core::Definition& d) { d.order.amount = core::Field(core::FieldPath{{"a"}}); }, "order.amount cannot"},
        {+[](core::Definition& d) { d.order.items.levels.clear(); }, "order.items: . cannot"},
        {+[](core::Definition& d) { d.order.price->scale_digits = 2; }, "a scale or a unit"}}) {
    core::Definition more = sales();
    change(more);
    ASSERT_FALSE(check_expressible(more).ok()) << name;
    EXPECT_THAT(check_expressible(more).error().message, HasSubstr(name));
  }
  definition.max_message_bytes = 16 << 20;
  EXPECT_TRUE(check_expressible(definition).ok());
  ++definition.max_message_bytes;
  EXPECT_THAT(check_expressible(definition).error().message, HasSubstr("limits.max_message_bytes is 16777217"));
  definition = sales();
  definition.totals[0].columns[1].name = "salestream_version";
  EXPECT_THAT(check_expressible(definition).error().message,
              HasSubstr("product_sales has a column salestream_version"));
  definition.totals[0].columns[1].place = "sales.yaml:21:15";
  EXPECT_THAT(check_expressible(definition).error().message, testing::StartsWith("sales.yaml:21:15: the table"));
}

TEST(SparkStatement, HasOneStatementATableAndAMetricAReason) {
  core::Definition definition = sales();
  definition.timezone = "America/Sao_Paulo";
  definition.totals.push_back(
      {"hours",
       {core::Dimension::kClient, core::Dimension::kHour},
       {{"hour", core::Dimension::kHour}, {"who", core::Dimension::kClient}, {"n", core::Measure::kOrders}}});
  const auto statement = compile(definition);
  ASSERT_TRUE(statement.ok());
  EXPECT_THAT(statement->session, Contains(Pair("spark.sql.session.timeZone", "America/Sao_Paulo")));
  ASSERT_EQ(statement->tables.size(), 2U);
  EXPECT_EQ(statement->tables[0].table, "product_sales");
  EXPECT_THAT(statement->tables[1].key_columns, ElementsAre("who", "hour"));
  EXPECT_THAT(statement->tables[1].sql, HasSubstr("GROUP BY client, date_trunc('HOUR', at)"));
  ASSERT_EQ(statement->to_paste.size(), 2U);
  EXPECT_THAT(statement->to_paste[0], Not(HasSubstr("DOUBLE")));
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_THAT(statement->tables[i].sql, HasSubstr("count(1) AS `salestream_version`\nFROM"));
    EXPECT_THAT(statement->to_paste[i], Not(HasSubstr("salestream_version")));
  }
  EXPECT_EQ(statement->metrics.size(), 3U + core::kRejectReasonCount);
}

// What no table shows is not read: an order is no worse for lacking it.
TEST(SparkStatement, AsksForNoFieldThatDecidesNothing) {
  const auto statement = compile(sales());
  ASSERT_TRUE(statement.ok());
  EXPECT_THAT(statement->judged,
              AllOf(Not(HasSubstr("'sclient'")), Not(HasSubstr("'sat'")), Not(HasSubstr("is_first"))));
}

TEST(SparkStatement, AnyTextIsALiteral) {
  EXPECT_EQ(literal("it's \\ ${env:HOME};\n"), "'it\\'s \\\\ \\u0024{env:HOME}\\u003b\\u000a'");
  EXPECT_EQ(literal("Ação"), "'Ação'");
  EXPECT_EQ(identifier("order"), "`order`");
}

TEST(SparkKafkaSource, NamesThePropertiesAsJavasClientDoes) {
  source::KafkaOptions kafka{.topic = "sales",
                             .properties = {{"bootstrap.servers", "b1:9093,b2:9093"},
                                            {"security.protocol", "sasl_ssl"},
                                            {"sasl.mechanisms", "SCRAM-SHA-512"},
                                            {"sasl.username", "shop"},
                                            {"sasl.password", "a\"b\\c"},
                                            {"ssl.ca.location", "/etc/ca.pem"},
                                            {"queued.min.messages", "1000"}}};
  const auto source = kafka_source(kafka);
  ASSERT_TRUE(source.ok());
  EXPECT_THAT(
      source->options,
      IsSupersetOf({Pair("subscribe", "sales"), Pair("startingOffsets", "earliest"), Pair("includeHeaders", "false"),
                    Pair("failOnDataLoss", "true"), Pair("kafka.bootstrap.servers", "b1:9093,b2:9093"),
                    Pair("kafka.isolation.level", "read_committed"), Pair("kafka.security.protocol", "SASL_SSL"),
                    Pair("kafka.sasl.mechanism", "SCRAM-SHA-512"),
                    Pair("kafka.sasl.jaas.config",
                         "org.apache.kafka.common.security.scram.ScramLoginModule required username=\"shop\" "
                         "password=\"a\\\"b\\\\c\";"),
                    Pair("kafka.ssl.truststore.type", "PEM"), Pair("kafka.ssl.truststore.location", "/etc/ca.pem")}));
  EXPECT_THAT(source->options, Not(Contains(Key("kafka.group.id"))));
  EXPECT_THAT(source->left_out, ElementsAre("queued.min.messages"));
}

TEST(SparkKafkaSource, RefusesWhatJavasClientHasNoEqualOf) {
  for (const auto& [name, value] : std::map<std::string, std::string>{{"ssl.key.location", "/etc/key.pem"},
                                                                      {"sasl.oauthbearer.config", "x"},
                                                                      {"enable.ssl.certificate.verification", "false"},
                                                                      {"ssl.cipher.suites", "x"},
                                                                      {"sasl.username", "shop"}}) {
    const auto source = kafka_source({.topic = "sales", .properties = {{name, value}}});
    ASSERT_FALSE(source.ok()) << name;
    EXPECT_THAT(source.error().message, HasSubstr("source.kafka." + name)) << name;
    EXPECT_EQ(source.error().kind, base::ErrorKind::kUsage);
  }
  // A value may come from an environment variable.
  const auto source =
      kafka_source({.topic = "sales", .properties = {{"sasl.mechanisms", "s3cret"}, {"sasl.username", "shop"}}});
  ASSERT_FALSE(source.ok());
  EXPECT_THAT(source.error().message, Not(HasSubstr("s3cret")));
}

}  // namespace
}  // namespace salestream::spark
