// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "config/testing.h"

namespace salestream::config {
namespace {

using ::testing::ElementsAre;
using testing::environment_of;
using testing::error_of;
using testing::good_with;
using ::testing::HasSubstr;
using ::testing::Pair;
using ::testing::StartsWith;

// The source's text stands in line 3, from column 3 on.
std::string with_source(std::string_view source) { return good_with("file: orders.jsonl", source); }

std::string source_error(std::string_view source) { return error_of(with_source(source)); }

template <typename Options>
Options parsed(std::string_view source, const Environment& environment = environment_of({})) {
  const auto file = parse_pipeline_file(with_source(source), "x.yaml", environment);
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? std::get<Options>(file->source) : Options{};
}

std::string kafka(const std::string& more) { return "kafka: {topic: t, bootstrap.servers: b" + more + "}"; }

TEST(Source, HasToBeExactlyOne) {
  EXPECT_EQ(source_error("{}"), "x.yaml:3:3: source has nothing in it; it takes one of: kafka, file, generator");
  EXPECT_EQ(source_error("file: a\n  generator: {}"),
            "x.yaml:4:3: source has both 'file' and 'generator'; it takes one of: kafka, file, generator");
  EXPECT_EQ(source_error("kafka: t"), "x.yaml:3:10: source.kafka is 't'; a map of keys belongs here");
}

TEST(Source, ReadsFileOptions) {
  EXPECT_EQ(parsed<source::FileOptions>("file: a/b.jsonl").path, "a/b.jsonl");
  EXPECT_EQ(parsed<source::FileOptions>("file: {path: c}").path, "c");
  EXPECT_EQ(parsed<source::FileOptions>("file: '-'").path, "-");
  EXPECT_EQ(source_error("file:"),
            "x.yaml:3:3: source.file has no value; the path of a file, or - for standard input, "
            "belongs here");
  EXPECT_EQ(source_error("file: {}"),
            "x.yaml:3:9: source.file.path is missing: the file's path, or - for standard input");
}

TEST(Source, ReadsGeneratorOptions) {
  const auto all = parsed<source::GeneratorOptions>(
      "generator: {seed: 18446744073709551615, partitions: 2, orders_per_partition: 10, orders_per_second: 0.5}");
  EXPECT_EQ(all.seed, UINT64_MAX);
  EXPECT_EQ(all.partitions, 2);
  EXPECT_EQ(all.orders_per_partition, 10);
  EXPECT_EQ(all.orders_per_second, 0.5);
  for (const std::string_view text : {"generator:", "generator: {}"}) {
    const auto none = parsed<source::GeneratorOptions>(text);
    EXPECT_EQ(none.seed, 1U);
    EXPECT_EQ(none.partitions, 4);
    EXPECT_EQ(none.orders_per_partition, 0);
    EXPECT_EQ(none.orders_per_second, 0);
  }
  EXPECT_EQ(source_error("generator: {partitions: 0}"),
            "x.yaml:3:27: source.generator.partitions is '0'; a whole number from 1 to 1024 belongs here");
  EXPECT_EQ(source_error("generator: {seed: -1}"),
            "x.yaml:3:21: source.generator.seed is '-1'; a whole number from 0 to 18446744073709551615 belongs here");
  for (const std::string_view rate : {"-1", "nan", "inf", "1e10", "1 ", "fast", ".inf"})
    EXPECT_THAT(source_error("generator: {orders_per_second: '" + std::string(rate) + "'}"),
                StartsWith("x.yaml:3:34: source.generator.orders_per_second is '" + std::string(rate) +
                           "'; a number from 0 to 1e+09 belongs here"));
  EXPECT_EQ(source_error("generator: {rate: 1}"),
            "x.yaml:3:15: unknown key 'rate' in source.generator; known here: seed, partitions, orders_per_partition, "
            "orders_per_second");
}

TEST(Source, ReadsKafkaOptions) {
  const auto least = parsed<source::KafkaOptions>("kafka: {topic: a.b_c-D1, bootstrap.servers: 'h:1,i:2'}");
  EXPECT_EQ(least.topic, "a.b_c-D1");
  EXPECT_THAT(least.properties, ElementsAre(Pair("bootstrap.servers", "h:1,i:2")));
  EXPECT_EQ(least.create_partitions, 1);
  EXPECT_EQ(least.create_replication_factor, 1);

  const auto more = parsed<source::KafkaOptions>(
      kafka(", group.id: g, sasl.password: 'x${P}$$', client.id: '', acks: 1, debug: all, isolation.level: "
            "read_committed, "
            "partition.assignment.strategy: 'range,roundrobin', create: {partitions: 12, replication_factor: 3}"),
      environment_of({{"P", "s"}}));
  EXPECT_THAT(more.properties,
              ElementsAre(Pair("acks", "1"), Pair("bootstrap.servers", "b"), Pair("client.id", ""),
                          Pair("debug", "all"), Pair("group.id", "g"), Pair("isolation.level", "read_committed"),
                          Pair("partition.assignment.strategy", "range,roundrobin"), Pair("sasl.password", "xs$")));
  EXPECT_EQ(more.create_partitions, 12);
  EXPECT_EQ(more.create_replication_factor, 3);
}

TEST(Source, KafkaNeedsTopicAndBrokers) {
  EXPECT_EQ(source_error("kafka: {bootstrap.servers: b}"),
            "x.yaml:3:10: source.kafka.topic is missing: the name of the topic");
  EXPECT_EQ(
      source_error("kafka: {topic: t}"),
      "x.yaml:3:10: source.kafka.bootstrap.servers is missing: the brokers to begin with, such as localhost:9092");
  EXPECT_THAT(source_error(kafka(", metadata.broker.list: b")),
              HasSubstr("it is another name for bootstrap.servers; write that"));
}

TEST(Source, ChecksTopicNames) {
  for (const std::string& name :
       std::initializer_list<std::string>{"a b", "ção", ".", "..", "a/b", std::string(250, 'a')})
    EXPECT_THAT(
        source_error("kafka: {topic: '" + name + "', bootstrap.servers: b}"),
        HasSubstr("which cannot be a topic's name; letters without accents, digits, '.', '_' and '-', at most 249"))
        << name;
  EXPECT_EQ(source_error("kafka: {topic: " + std::string(249, 'a') + ", bootstrap.servers: b}"), "no error");
}

TEST(Source, RefusesPropertiesThatAreNotTheFilesToSet) {
  for (const auto& [property, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"enable.auto.commit: false", "offsets are committed by salestream"},
           {"auto.commit.enable: true", "offsets are committed by salestream"},
           {"auto.commit.interval.ms: 5", "offsets are committed by salestream"},
           {"enable.auto.offset.store: true", "offsets are committed by salestream"},
           {"offset.store.method: file", "offsets are committed by salestream"},
           {"enable.partition.eof: false", "must hear where a partition ends"},
           {"auto.offset.reset: latest", "where the progress in the store says"},
           {"isolation.level: read_uncommitted", "it is read_committed, always"},
           {"partition.assignment.strategy: 'range,cooperative-sticky'", "known faults in librdkafka 2.0.2"},
           {"group.instance.id: a", "members with the same id"},
           {"enable.idempotence: false", "producer is idempotent"},
           {"transactional.id: x", "producer is idempotent"},
           {"rebalance_cb: x", "a function or a pointer"},
           {"opaque: x", "a function or a pointer"},
           {"interceptors: x", "a function or a pointer"}}) {
    const std::string name = property.substr(0, property.find(':'));
    const std::string error = source_error(kafka(", " + property));
    EXPECT_THAT(error, StartsWith("x.yaml:3:43: source.kafka." + name + " cannot be set: "));
    EXPECT_THAT(error, HasSubstr(why));
  }
}

TEST(Source, RefusesPropertiesThatRunCodeUnlessThatIsAllowed) {
  const auto allowed = [](const std::string& more) {
    const auto file =
        parse_pipeline_file(with_source(kafka(", " + more)), "x.yaml", environment_of({}), Code::kAllowed);
    return file.ok() ? "taken" : file.error().message;
  };
  for (const auto& [property, why] : std::initializer_list<std::pair<std::string, std::string>>{
           {"plugin.library.paths: /tmp/none.so", "librdkafka loads the libraries"},
           {"ssl.engine.location: /tmp/none.so", "OpenSSL loads the library"},
           {"ssl.engine.id: dynamic", "OpenSSL loads the library"},
           {"ssl.providers: '../none'", "OpenSSL loads the libraries"},
           {"sasl.kerberos.kinit.cmd: touch /tmp/none", "gives to a shell"},
           {"sasl.kerberos.principal: 'a;touch /tmp/none'", "more than one word"},
           {"sasl.kerberos.principal: -X", "more than one word"},
           {"sasl.kerberos.keytab: '`id`'", "more than one word"}}) {
    const std::string name = property.substr(0, property.find(':'));
    const std::string error = source_error(kafka(", " + property));
    EXPECT_THAT(error, StartsWith("x.yaml:3:43: source.kafka." + name + " may run code: ")) << error;
    EXPECT_THAT(error, HasSubstr(why));
    EXPECT_THAT(error, HasSubstr("--allow-code"));
    EXPECT_THAT(error_of(good_with("", "rejects: {topic: r, bootstrap.servers: b, " + property + "}\n")),
                StartsWith("x.yaml:17:43: rejects." + name + " may run code: "));
    EXPECT_THAT(allowed(property), ::testing::Not(HasSubstr("may run code")));
  }
  EXPECT_EQ(allowed("sasl.kerberos.kinit.cmd: touch /tmp/none"), "taken");
  EXPECT_EQ(source_error(kafka(", sasl.kerberos.principal: a/b-c@D.E, sasl.kerberos.keytab: /etc/a_b+c.keytab")),
            "no error");
}

TEST(Source, RefusesPropertiesThatCannotBe) {
  EXPECT_EQ(source_error(kafka(", topik: x")),
            "x.yaml:3:43: unknown key 'topik' in source.kafka; did you mean 'topic'?");
  EXPECT_EQ(source_error(kafka(", group.di: x")),
            "x.yaml:3:43: unknown key 'group.di' in source.kafka; did you mean 'group.id'?");
  EXPECT_EQ(source_error(kafka(", client.id: [a]")),
            "x.yaml:3:54: source.kafka.client.id is a list; one value, and no list or map, belongs here");
  EXPECT_EQ(source_error(kafka(", client.id:")),
            "x.yaml:3:43: source.kafka.client.id has no value; one value, and no list or map, belongs here");
  EXPECT_EQ(source_error(kafka(", 'a b': c")),
            "x.yaml:3:43: 'a b' cannot be the name of a librdkafka property; lower case, digits, '.' and '_'");
  EXPECT_EQ(source_error(kafka(", group.id: ''")),
            "x.yaml:3:53: source.kafka.group.id is empty; leave it out for the default");
}

TEST(Source, ReadsCreateTopic) {
  EXPECT_EQ(source_error(kafka(", create: {partitions: 0}")),
            "x.yaml:3:64: source.kafka.create.partitions is '0'; a whole number from 1 to 10000 belongs here");
  EXPECT_EQ(source_error(kafka(", create: {replication_factor: 101}")),
            "x.yaml:3:72: source.kafka.create.replication_factor is '101'; a whole number from 1 to 100 belongs here");
  EXPECT_EQ(source_error(kafka(", create: {replicas: 1}")),
            "x.yaml:3:52: unknown key 'replicas' in source.kafka.create; known here: partitions, replication_factor");
}

}  // namespace
}  // namespace salestream::config
