// SPDX-License-Identifier: Apache-2.0
#include "decode/missing_field.h"

#include <gmock/gmock.h>

namespace salestream::decode {
namespace {

using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;

std::string missing(std::string_view path, std::string_view object) {
  return describe_missing(std::string(path), path, object);
}

TEST(MissingField, SaysWhatStandsThere) {
  EXPECT_EQ(describe_missing("cost of line item 2", "cost", R"({"name": "Mouse", "n": 1, "n": 2}, {"other": 3}])"),
            "cost of line item 2 is missing; there stand: name, n");
  EXPECT_EQ(missing("cost", "{}"), "cost is missing; there stands nothing");
  EXPECT_THAT(missing("article.cost", R"({"article": {"kind": 1}, "x": 2})"),
              EndsWith("is missing; there stand: kind"));
}

TEST(MissingField, SaysWhichNameWasProbablyMeant) {
  EXPECT_THAT(missing("unit_price", R"({"product_name": "a", "quantity": 1, "price": 2})"),
              EndsWith("there stand: product_name, quantity, price; did you mean 'price'?"));
  EXPECT_THAT(missing("unit_price", R"({"unitPrice": 1, "price": 2})"), EndsWith("did you mean 'unitPrice'?"));
  EXPECT_THAT(missing("quantity", R"({"price": 1, "quantitty": 2})"), EndsWith("did you mean 'quantitty'?"));
  EXPECT_THAT(missing("price", R"({"price_cents": 1})"), EndsWith("did you mean 'price_cents'?"));
  EXPECT_THAT(missing("a.Total", R"({"a": {"total": 1}})"), EndsWith("did you mean 'a.total'?"));
  EXPECT_THAT(missing("price", R"({"id": 1, "valor": 2})"), Not(HasSubstr("did you mean")));
}

TEST(MissingField, SaysInWhichObjectItStands) {
  EXPECT_THAT(missing("lines", R"({"of": "c", "after": {"no": 1, "lines": []}})"),
              EndsWith("; after has it: `after.lines` in the pipeline file"));
  EXPECT_THAT(missing("data.lines", R"({"schema": {}, "payload": {"event": {"data": {"lines": []}}}})"),
              EndsWith("; payload.event has it: `payload.event.data.lines` in the pipeline file"));
  EXPECT_THAT(missing("price", R"({"name": "x", "money": {"price": 1}})"),
              EndsWith("`money.price` in the pipeline file"));
}

TEST(MissingField, KnowsAChangeOfARow) {
  for (const char* const change :
       {R"({"op": "c", "before": null, "after": {"no": 1, "lines": []}})", R"({"op": "d", "before": {"lines": []}})",
        R"({"schema": {}, "payload": {"before": {"lines": []}, "after": {"lines": []}, "op": "u"}})"})
    EXPECT_THAT(missing("lines", change),
                EndsWith("as Debezium writes it: say `changes: debezium` in the pipeline file"));
}

TEST(MissingField, KnowsAListOfPhpWithGaps) {
  EXPECT_THAT(missing("price", R"({"0": {"price": 1}, "4": {"price": 2}})"), HasSubstr("an object keyed by numbers"));
}

TEST(MissingField, SaysThatATextHasJsonInIt) {
  EXPECT_THAT(missing("lines", R"({"schema": {"type": "string"}, "payload": "{\"lines\": []}"})"),
              HasSubstr("; payload is a text with JSON in it"));
  EXPECT_THAT(missing("lines", R"({"Type": "Notification", "Message": "[{\"lines\": []}]"})"),
              HasSubstr("; Message is a text with JSON in it"));
}

TEST(MissingField, IsShortWhateverStandsThere) {
  std::string object = "{";
  for (int i = 0; i < 5000; ++i) object += "\"field" + std::to_string(i) + "\": 1, ";
  object += "\"last\": {}}";
  EXPECT_THAT(missing("x", object), EndsWith("field6, field7 and at least 192 more"));
  EXPECT_LT(missing("x", "{\"" + std::string(100'000, 'y') + "\x1b\": 1, \"\xe2\x80\xae\": 2}").size(), 200U);
  EXPECT_THAT(missing("x", "{\"\xe2\x80\xae\": 2}"), HasSubstr("\\u{202e}"));
}

}  // namespace
}  // namespace salestream::decode
