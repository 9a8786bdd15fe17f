// SPDX-License-Identifier: Apache-2.0
// The table of keys against the reference, both ways: a key that only one of them has is a mistake in the other.
#include "config/known_keys.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <string>
#include <vector>

namespace salestream::config {
namespace {

// A key's row in docs/pipeline-file.md: | `order.items` | type | default | meaning |
struct Row {
  std::string type, default_value, meaning;
};

std::string without_code(std::string text) {
  std::erase(text, '`');
  return text;
}

std::map<std::string, Row> rows_of_the_reference() {
  std::ifstream in(SALESTREAM_SOURCE_DIR "/docs/pipeline-file.md");
  EXPECT_TRUE(in.good());
  std::map<std::string, Row> rows;
  for (std::string line; std::getline(in, line);) {
    if (!line.starts_with("| `")) continue;
    std::vector<std::string> fields;
    std::size_t begin = 2;
    for (std::size_t bar = 0; (bar = line.find(" |", begin)) != std::string::npos; begin = bar + 3)
      fields.push_back(line.substr(begin, bar - begin));
    EXPECT_EQ(fields.size(), 4U) << "not a row of a key: " << line;
    if (fields.size() != 4) continue;
    EXPECT_GT(fields[1].size(), 0U) << line;
    EXPECT_GT(fields[3].size(), 0U) << line;
    EXPECT_TRUE(rows.emplace(without_code(fields[0]), Row{fields[1], fields[2], fields[3]}).second)
        << fields[0] << " stands there twice";
  }
  return rows;
}

TEST(KnownKeys, EveryKeyStandsInTheReferenceWithItsDefault) {
  const auto rows = rows_of_the_reference();
  for (const KnownKey& key : known_keys()) {
    const auto row = rows.find(key.path());
    ASSERT_NE(row, rows.end()) << key.path() << " is missing in docs/pipeline-file.md";
    EXPECT_EQ(without_code(row->second.default_value), key.default_value) << key.path();
  }
}

TEST(KnownKeys, TheReferenceHasNoOtherKeys) {
  for (const auto& [path, row] : rows_of_the_reference()) {
    bool known = false;
    for (const KnownKey& key : known_keys()) known |= key.path() == path;
    EXPECT_TRUE(known) << path << " stands in docs/pipeline-file.md, and the parser does not know it";
  }
}

TEST(KnownKeys, SuggestsOnlyWhatIsNear) {
  EXPECT_EQ(closest_key("order", "pric"), "price");
  EXPECT_EQ(closest_key("order", "iTems"), "items");
  EXPECT_EQ(closest_key("order", "xyzzy"), "");
  EXPECT_EQ(closest_key("order", "x"), "") << "one letter is near to every short name";
  EXPECT_EQ(closest_key("totals.<table>", "b"), "by");
  EXPECT_EQ(closest_key("order", std::string(100'000, 'p')), "");
  EXPECT_EQ(closest_key("source.kafka", "<property"), "") << "a stand-in for any name is nobody's key";
}

// Nobody who knows Kafka looks for it under `rejects`.
TEST(KnownKeys, NamesOfADeadLetterTopicLeadToRejectsTopic) {
  for (const char* name :
       {"dead_letter_topic", "dead-letter-topic", "deadletterqueue", "dlq.topic", "errors.deadletterqueue.topic.name"})
    for (const char* section : {"", "source", "rejects"})
      EXPECT_EQ(suggestion(section, name), "the dead-letter topic is rejects.topic") << section << " " << name;
  EXPECT_EQ(suggestion("", "dead"), suggestion("", "xyzzy")) << "too little of a name";
}

// What a key's section is called here is what leads to it, so every section but the top is a key itself.
TEST(KnownKeys, EverySectionIsAKey) {
  for (const KnownKey& key : known_keys()) {
    if (key.section.empty()) continue;
    bool found = false;
    for (const KnownKey& parent : known_keys()) found |= parent.path() == key.section;
    EXPECT_TRUE(found) << key.section;
  }
}

}  // namespace
}  // namespace salestream::config
