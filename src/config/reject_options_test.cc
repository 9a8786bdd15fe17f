// SPDX-License-Identifier: Apache-2.0
// `rejects` and `stop_when_rejects`.
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

PipelineFile parsed(const std::string& text) {
  auto file = parse_pipeline_file(text, "x.yaml", environment_of({}));
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? *std::move(file) : PipelineFile();
}

std::string from_kafka(const std::string& more) {
  return good_with("file: orders.jsonl", "kafka: {topic: t, bootstrap.servers: b, security.protocol: ssl}") + more;
}

std::string limit_error(const std::string& text) {
  return error_of(good_with("", "stop_when_rejects: " + text + "\n"));
}

TEST(RejectTopic, IsWhereTheSourceIsUnlessItSaysOtherwise) {
  EXPECT_FALSE(parsed(from_kafka("")).reject_topic);
  EXPECT_FALSE(parsed(from_kafka("rejects:\n")).reject_topic);
  auto topic = parsed(from_kafka("rejects: {topic: bad}\n")).reject_topic.value();
  EXPECT_EQ(topic.topic, "bad");
  EXPECT_THAT(topic.properties, ElementsAre(Pair("bootstrap.servers", "b"), Pair("security.protocol", "ssl")));
  topic = parsed(from_kafka("rejects: {topic: t, bootstrap.servers: other, linger.ms: 1}\n")).reject_topic.value();
  EXPECT_THAT(topic.properties, ElementsAre(Pair("bootstrap.servers", "other"), Pair("linger.ms", "1"),
                                            Pair("security.protocol", "ssl")));
}

TEST(RejectTopic, NeedsBrokersOfItsOwnWhenTheOrdersComeFromNoKafka) {
  EXPECT_THAT(error_of(good_with("", "rejects: {topic: bad}\n")),
              HasSubstr("x.yaml:17:10: rejects.bootstrap.servers is missing"));
  EXPECT_EQ(parsed(good_with("", "rejects: {topic: bad, bootstrap.servers: b}\n")).reject_topic->topic, "bad");
}

TEST(RejectTopic, IsNotWhereTheOrdersComeFrom) {
  EXPECT_THAT(error_of(from_kafka("rejects: {topic: t}\n")), HasSubstr("without end"));
}

TEST(RejectTopic, TakesWhatLibrdkafkaTakes) {
  EXPECT_THAT(error_of(from_kafka("rejects: {}\n")), HasSubstr("rejects.topic is missing"));
  EXPECT_THAT(error_of(from_kafka("rejects: {topic: 'a b'}\n")), HasSubstr("cannot be a topic's name"));
  EXPECT_THAT(error_of(from_kafka("rejects: {topic: a, no.such.thing: 1}\n")),
              HasSubstr("unknown key 'no.such.thing' in rejects"));
  EXPECT_THAT(error_of(from_kafka("dead_letter_topic: a\n")),
              HasSubstr("unknown key 'dead_letter_topic' at the top level; the dead-letter topic is rejects.topic"));
  EXPECT_THAT(error_of(from_kafka("rejects: {topic: a, transactional.id: x}\n")),
              HasSubstr("rejects.transactional.id cannot be set"));
}

TEST(RejectLimit, IsAShareOfTheLastMessages) {
  EXPECT_FALSE(parsed(good_with("", "")).limits.reject_limit);
  struct Case {
    const char* text;
    int messages, most;
  };
  for (const Case& c : {Case{"5%/1000", 1000, 50},
                        {"0%/1", 1, 0},
                        {"0.1%/1000", 1000, 1},
                        {"99.9%/100000", 100'000, 99'900},
                        {"33%/10", 10, 3},
                        {"0.3%/1000", 1000, 3}}) {
    const auto limit = parsed(good_with("", std::string("stop_when_rejects: ") + c.text + "\n")).limits.reject_limit;
    ASSERT_TRUE(limit) << c.text;
    EXPECT_EQ(limit->messages, c.messages) << c.text;
    EXPECT_EQ(limit->most_rejects, c.most) << c.text;
    EXPECT_EQ(limit->text, c.text);
  }
}

TEST(RejectLimit, HasToMeanSomething) {
  EXPECT_THAT(limit_error("5/1000"),
              HasSubstr("x.yaml:17:20: stop_when_rejects is '5/1000'; a share of the last messages"));
  for (const char* bad : {"5%", "%/10", "5%/", "5%/0", "5%/100001", "100%/10", "-1%/10", "x%/10", "5%/1000 ",
                          "5 %/1000", "nan%/10", "inf%/10", "5%/-3", "5%/1e3"})
    EXPECT_THAT(limit_error("'" + std::string(bad) + "'"), HasSubstr("a share of the last messages")) << bad;
}

TEST(RejectLimit, DecidesNothingAboutTotals) {
  const std::string text = parsed(good_with("", "")).definition.canonical_text();
  EXPECT_EQ(parsed(good_with("", "stop_when_rejects: 5%/1000\n")).definition.canonical_text(), text);
  EXPECT_EQ(parsed(good_with("", "rejects: {topic: bad, bootstrap.servers: b}\n")).definition.canonical_text(), text);
}

}  // namespace
}  // namespace salestream::config
