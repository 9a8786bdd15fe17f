// SPDX-License-Identifier: Apache-2.0
// The audit's decoder of definitions with fields and conditions and the one that `run` counts with have no line in
// common; here they have to agree: on every case of docs/fields.md under every definition, and on these with bytes
// changed at random. A message that they take differently is a fault in one of them, or in docs/fields.md.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <vector>

#include "audit/test_mapped.h"

namespace salestream::audit {
namespace {

using namespace fixture;

std::vector<MappedCase> all_messages() {
  std::vector<MappedCase> all;
  for (const MappedCases& cases : all_mapped_cases())
    for (const MappedCase& each : cases.cases)
      if (each.message.size() < 1000) all.push_back(each);
  return all;
}

// Values and names that mean something somewhere, in place of others.
MappedCase disturbed(MappedCase message, std::mt19937_64& random) {
  static const std::vector<std::string> kValues = {"null",
                                                   "\"\"",
                                                   "0",
                                                   "7",
                                                   "-1",
                                                   "7.5",
                                                   "1e18",
                                                   "1e19",
                                                   "\"7\"",
                                                   "\"x\"",
                                                   "true",
                                                   "\"false\"",
                                                   "[]",
                                                   "{}",
                                                   "\"2024-11-03\"",
                                                   "1730643907123",
                                                   "\"BRL\"",
                                                   "\"JPY\"",
                                                   "0.0000000005",
                                                   "\"[{\\\"p\\\": \\\"P\\\"}]\""};
  static const std::vector<std::string> kNames = {"a", "b", "c", "p", "q", "s", "x", "id", "cl", "cur", "items", "m"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  std::string& text = message.message;
  for (std::size_t changes = 1 + below(3); changes > 0 && !text.empty(); --changes) {
    const std::size_t at = below(text.size());
    const std::size_t begin = text.find_last_of(":[,", at);
    const std::size_t end = text.find_first_of(",}]", at);
    switch (below(6)) {
      case 0: text.erase(at, 1 + below(3)); break;
      case 1:
      case 2:
        if (begin != std::string::npos && end != std::string::npos && begin < end)
          text.replace(begin + 1, end - begin - 1, kValues[below(kValues.size())]);
        break;
      case 3:
      case 4:
        if (const std::size_t brace = text.find('{', at); brace != std::string::npos)
          text.insert(brace + 1, "\"" + kNames[below(kNames.size())] + "\": " + kValues[below(kValues.size())] + ", ");
        break;
      case 5: text.insert(at, text.substr(below(text.size()), 1 + below(40))); break;
    }
  }
  if (below(4) == 0) message.key = kNames[below(kNames.size())];
  if (below(4) == 0) message.timestamp_ms = static_cast<std::int64_t>(random() % 2'000'000'000'000);
  return message;
}

constexpr int kMostShown = 5;

void expect_agreement(const core::Definition& definition, const std::vector<MappedCase>& messages,
                      std::map<std::string, int>& tried) {
  AuditOutcomes audit(definition);
  RunOutcomes run(definition);
  int differ = 0;
  for (const MappedCase& each : messages) {
    const std::string outcome = audit.of(each);
    const std::string counted = run.of(each);
    EXPECT_EQ(outcome, counted) << "audit and run of: " << each.message << "\nkey " << each.key << ", timestamp "
                                << each.timestamp_ms;
    if (outcome != counted && ++differ == kMostShown) return;
    if (outcome != counted) continue;
    if (!outcome.ends_with("no line items") && outcome.find(": ") != std::string::npos) {
      ASSERT_EQ(audit.key_bytes(), run.key_bytes()) << each.message;
    }
    ++tried[outcome.find(' ') == std::string::npos ? outcome : "order"];
  }
}

// Both fail, and end the process, until the decoder of `run` is as the page says.
TEST(MappedDecoders, AgreeOnEveryCaseUnderEveryDefinition) {
  const std::vector<MappedCase> messages = all_messages();
  std::map<std::string, int> tried;
  for (const MappedCases& cases : all_mapped_cases()) {
    SCOPED_TRACE(cases.file);
    expect_agreement(definition_of(cases.file, cases.by), messages, tried);
  }
  EXPECT_GT(tried["order"], 1000);
}

TEST(MappedDecoders, AgreeOnWhatIsDisturbed) {
  std::mt19937_64 random(11);
  std::map<std::string, int> tried;
  for (const MappedCases& cases : all_mapped_cases()) {
    SCOPED_TRACE(cases.file);
    std::vector<MappedCase> messages;
    for (const MappedCase& each : cases.cases)
      for (int round = 0; round < 200 && each.message.size() < 1000; ++round)
        messages.push_back(disturbed(each, random));
    expect_agreement(definition_of(cases.file, cases.by), messages, tried);
  }
  for (const char* reason : {"order", "duplicate_field", "missing_field", "wrong_type", "not_a_number", "empty_key",
                             "number_too_large", "invalid_time", "negative_quantity", "negative_price"})
    EXPECT_GT(tried[reason], 50) << reason;
}

}  // namespace
}  // namespace salestream::audit
