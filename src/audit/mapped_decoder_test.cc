// SPDX-License-Identifier: Apache-2.0
// The audit's decoder of definitions with fields and conditions, sentence by sentence of docs/fields.md.
#include "audit/mapped_decoder.h"

#include <gtest/gtest.h>

#include <string>

#include "audit/test_mapped.h"

namespace salestream::audit {
namespace {

using namespace fixture;

void expect_all(const std::vector<MappedCases>& all) {
  for (const MappedCases& cases : all) {
    SCOPED_TRACE(cases.says);
    const core::Definition definition = definition_of(cases.file, cases.by);
    if (::testing::Test::HasFatalFailure() || definition.totals.empty()) continue;
    EXPECT_FALSE(definition.is_plain());
    AuditOutcomes outcomes(definition);
    for (const MappedCase& each : cases.cases)
      EXPECT_EQ(outcomes.of(each), each.expected) << each.message.substr(0, 1000);
  }
}

TEST(MappedDecoder, FindsWhereAValueStands) { expect_all(places_cases()); }

TEST(MappedDecoder, TakesWhatMayStandThere) { expect_all(type_cases()); }

TEST(MappedDecoder, FindsLineItems) { expect_all(items_cases()); }

TEST(MappedDecoder, CountsMoney) { expect_all(money_cases()); }

TEST(MappedDecoder, LeavesOutWhatConditionsLeaveOut) { expect_all(condition_cases()); }

TEST(MappedDecoder, FindsFaultsInTheOrderThatIsSaid) { expect_all(order_of_faults_cases()); }

TEST(MappedDecoder, SubtractsWhatARowWasAndCountsWhatItIs) { expect_all(change_cases()); }

TEST(MappedDecoder, CountsTextsOfKeysInEachTableThatHasThem) {
  core::Definition definition =
      definition_of(file_with("client: c, id: id, time: t",
                              "fields: {x: x, n: {item: n, type: decimal}, s: {item: s, type: time}}\n"
                              "items_where: product <> 'left out'\n"),
                    {"product", "x", "n", "day(s)"});
  definition.totals.push_back({"u", {definition.totals[0].by[1], core::Dimension::kClient}, {}});
  definition.totals.push_back({"v", {core::Dimension::kDay, *definition.dimension_of("id")}, {}});
  AuditOutcomes outcomes(definition);
  const std::string message =
      R"({"c": "Anna", "id": 123, "t": 1730643907, "x": "\u00e9", "items": [
          {"p": "left out", "q": 1, "n": 1, "s": 1730643907},
          {"p": "Mouse", "q": 1, "n": "2.50", "s": 1730643907}]})";
  EXPECT_EQ(outcomes.of({message, ""}), "Mouse, é, 2.5, 2024-11-03: 1");
  EXPECT_EQ(outcomes.key_bytes(), (32 + 5 + 2 + 3) + (32 + 2 + 4) + (32 + 3));
}

std::string order_of_items(std::size_t count, const std::string& item) {
  std::string text = R"({"c": ")" + std::string(968, 'c') + R"(", "items": [)";
  for (std::size_t i = 0; i < count; ++i) text += (i == 0 ? "" : ",") + item;
  return text + "]}";
}

TEST(MappedDecoder, RejectsKeysBeyondTheirLimitAndCountsNoneOfWhatIsLeftOut) {
  const core::Definition definition =
      definition_of(file_with("client: c", "items_where: product <> 'no'\n"), {"client"});
  AuditOutcomes outcomes(definition);
  // 4,194,304 bytes are 4194 keys of 1000 and 304.
  const std::string no = R"({"p": "no"})", yes = R"({"p": "y", "q": 1})";
  EXPECT_NE(outcomes.of({order_of_items(4194, yes), ""}), "keys_too_large");
  EXPECT_EQ(outcomes.order().items.size(), 4194U);
  EXPECT_EQ(outcomes.of({order_of_items(4195, yes), ""}), "keys_too_large");
  EXPECT_EQ(outcomes.of({order_of_items(10'000, no), ""}), "no line items");
  // Other faults come before it, also behind the last key that there is room for.
  EXPECT_EQ(outcomes.of({order_of_items(4200, yes).replace(order_of_items(4200, yes).size() - 4, 4, "x}]}"), ""}),
            "invalid_json");
  EXPECT_EQ(outcomes.of({order_of_items(5000, yes + "," + R"({"p": "y", "q": -1})"), ""}), "negative_quantity");
}

TEST(MappedDecoder, JudgesWhatNoLineOfAFileCanBe) {
  const core::Definition definition = definition_of(of_order("a"), {"product", "x"});
  OrderDecoder decoder(definition);
  PlainChange change;
  EXPECT_EQ(decoder.read({"", true, false}, change), core::RejectReason::kNullMessage);
  EXPECT_EQ(decoder.read({"{}", false, true}, change), core::RejectReason::kMessageTooLarge);
  EXPECT_EQ(decoder.read({std::string_view("{}\xff"), false, false}, change), core::RejectReason::kInvalidUtf8);
  core::Definition of_changes = definition;
  of_changes.changes = core::Changes::kDebezium;
  EXPECT_EQ(OrderDecoder(of_changes).read({"", true, false}, change), std::nullopt);
  EXPECT_TRUE(change.is_left_out()) << "a tombstone";
}

TEST(MappedDecoder, ForgetsTheMessageBefore) {
  const core::Definition definition = definition_of(
      file_with("client: {field: c, default: none}", "fields: {x: {item: x, default: none}}\n"), {"client", "x"});
  AuditOutcomes outcomes(definition);
  EXPECT_EQ(outcomes.of({order_with(R"("c": "C")", R"("x": "X")"), ""}), "C, X: 2");
  EXPECT_EQ(outcomes.of({order_with(""), ""}), "none, none: 2");
  EXPECT_EQ(outcomes.of({"{}", ""}), "missing_field");
}

// A plain definition has two things more than before fields.
TEST(PlainDecoder, TakesNumbersAsNamesAndOneObjectAsTheLineItems) {
  const core::Definition definition = definition_of(file_with("client: c"), {"product", "client"});
  ASSERT_TRUE(definition.is_plain());
  AuditOutcomes outcomes(definition);
  EXPECT_EQ(outcomes.of({R"({"c": 7.0, "items": {"p": 1e2, "q": 3}})", ""}), "1e2, 7.0: 3");
  EXPECT_EQ(outcomes.of({R"({"c": true, "items": []})", ""}), "wrong_type");
  EXPECT_EQ(outcomes.of({R"({"c": 7, "items": {}})", ""}), "missing_field");
  EXPECT_EQ(outcomes.of({"{\"c\": 1" + std::string(32'768, '0') + ", \"items\": []}", ""}), "key_too_long");
  const core::Definition elements =
      definition_of("order: {items: items, product: ., quantity: {map: n}}\n", {"product"});
  AuditOutcomes of_elements(elements);
  EXPECT_EQ(of_elements.of({R"({"items": [7, "7"], "n": {"7": 2}})", ""}), "7: 2 | 7: 2");
  EXPECT_EQ(of_elements.of({R"({"items": {"7": 1}, "n": {"7": 2}})", ""}), "wrong_type");
}

}  // namespace
}  // namespace salestream::audit
