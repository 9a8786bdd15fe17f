// SPDX-License-Identifier: Apache-2.0
// One message in, line items or a reason out; and that neighbours in a block never change what a message means.
#include "decode/decoder.h"

#include "decode/cursor.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace salestream::decode {
namespace {

using core::Dimension;
using core::FieldPath;
using core::Measure;

core::Definition system_a() {
  core::Definition d;
  d.pipeline = "a";
  d.order.total = FieldPath{{"total_value"}};
  d.order.items = core::FieldPath{{"products"}};
  d.order.product = core::FieldPath{{"product_name"}};
  d.order.quantity = core::FieldPath{{"quantity"}};
  d.order.price = FieldPath{{"price"}};
  d.totals = {{"t", {Dimension::kProduct}, {{"p", Dimension::kProduct}, {"r", Measure::kRevenue}}}};
  return d;
}

core::Definition system_b() {
  core::Definition d;
  d.pipeline = "b";
  d.order.items = core::FieldPath{{"produtos"}};
  d.order.quantity_is_map = true;
  d.order.quantity = core::FieldPath{{"quantidades"}};
  d.totals = {{"t", {Dimension::kProduct}, {{"p", Dimension::kProduct}, {"u", Measure::kUnits}}}};
  return d;
}

core::Definition nested() {
  core::Definition d;
  d.pipeline = "n";
  d.order.client = FieldPath{{"customer", "document", "number"}};
  d.order.items = core::FieldPath{{"order", "lines"}};
  d.order.product = core::FieldPath{{"article", "a name of more than sixteen bytes"}};
  d.order.quantity = core::FieldPath{{"article", "count"}};
  d.order.price = FieldPath{{"unit_price"}};
  d.totals = {{"t",
               {Dimension::kProduct, Dimension::kClient},
               {{"p", Dimension::kProduct}, {"c", Dimension::kClient}, {"r", Measure::kRevenue}}}};
  return d;
}

core::Definition by_product_and_client() {
  core::Definition d = system_b();
  d.order.items = core::FieldPath{{"items"}};
  d.order.quantity = core::FieldPath{{"quantities"}};
  d.order.client = FieldPath{{"client"}};
  d.totals = {{"t", {Dimension::kProduct, Dimension::kClient}, {}}, {"d", {Dimension::kProduct}, {}}};
  return d;
}

// "Mouse 2 = 46.90; …", with "(wrong total)" before it, or "reason".
std::string outcome(Decoder& decoder, const std::vector<std::string>& messages, std::size_t wanted) {
  core::MessageBatch batch;
  for (const std::string& text : messages) batch.append({}, text, "");
  const DecodedBatch& out = decoder.decode(batch);
  EXPECT_EQ(out.orders.size() + out.rejects.size(), messages.size());
  for (const DecodedReject& reject : out.rejects)
    if (reject.message == wanted) return core::name_of(reject.reason);
  std::string text;
  for (const DecodedOrder& order : out.orders) {
    if (order.message != wanted) continue;
    if (order.wrong_total) text += "(wrong total)";
    if (!order.client.empty()) text += std::string(order.client) + ": ";
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i) {
      const core::LineItem& item = out.items[i];
      text += std::string(item.product) + " " + core::to_string(item.quantity, 0) + " = " +
              core::to_string(item.revenue, 2) + "; ";
    }
    return text;
  }
  return "nothing";
}

// Alone, between good neighbours, and between bad ones: always the same.
std::string outcome(const core::Definition& definition, const std::string& message) {
  Decoder decoder(definition);
  const std::string alone = outcome(decoder, {message}, 0);
  EXPECT_EQ(outcome(decoder, {"{}", message, "{}"}, 1), alone) << message;
  EXPECT_EQ(outcome(decoder, {"{\"a", message, "\"}"}, 1), alone) << message;
  EXPECT_EQ(outcome(decoder, {"[[[", message, "]]]"}, 1), alone) << message;
  EXPECT_EQ(outcome(decoder, {"\xff", message, "\\"}, 1), alone) << message;
  return alone;
}

std::string a(const std::string& message) { return outcome(system_a(), message); }
std::string a_item(const std::string& item) { return a(R"({"products":[)" + item + "]}"); }

TEST(Decoder, ReadsAnOrder) {
  EXPECT_EQ(a(R"({"order_id": "x", "client_document": "1", "products": [
                  {"product_name": "Laptop", "quantity": 2, "price": 49.9},
                  {"product_name": "Mouse", "quantity": 1, "price": 23.45}],
                  "total_value": 123.25000000000001, "sale_datetime": "2024-11-03T14:25:07"})"),
            "Laptop 2 = 99.80; Mouse 1 = 23.45; ");
  EXPECT_EQ(a(R"({"products":[]})"), "");
}

TEST(Decoder, FieldsMayStandInAnyOrderAmongUnknownOnes) {
  EXPECT_EQ(a(R"({"x":{"products":[1,{"a":[]}]},)"
              R"("products":[{"price":"1.10","z":[[],{}],"quantity":"3","product_name":"A"}]})"),
            "A 3 = 3.30; ");
}

TEST(Decoder, NamesMayBeWrittenWithEscapes) {
  EXPECT_EQ(a(R"({"pr\u006fducts":[{"product_name":"C\u00e2mera \"x\"","quantity":1,"price":1}]})"),
            "Câmera \"x\" 1 = 1.00; ");
}

TEST(Decoder, AnEscapedNameIsFineAfterOneThatWasNot) {
  Decoder decoder(system_a());
  EXPECT_EQ(outcome(decoder, {R"({"pr\qfducts":[]})"}, 0), "invalid_json");
  EXPECT_EQ(outcome(decoder, {R"({"pr\u006fduct":1,"products":[]})"}, 0), "");
}

TEST(Decoder, TheSameProductTwiceIsTwoLineItems) {
  EXPECT_EQ(
      a(R"({"products":[{"product_name":"A","quantity":1,"price":1},{"product_name":"A","quantity":2,"price":2}]})"),
      "A 1 = 1.00; A 2 = 4.00; ");
}

TEST(Decoder, ComparesTheOrdersOwnTotal) {
  const auto with_total = [](const std::string& total) {
    return a(R"({"products":[{"product_name":"A","quantity":3,"price":0.1}],"total_value":)" + total + "}");
  };
  const std::string right = "A 3 = 0.30; ", wrong = "(wrong total)" + right;
  EXPECT_EQ(with_total("0.30000000000000004"), right);
  EXPECT_EQ(with_total("0.3049"), right);
  EXPECT_EQ(with_total("0.305"), wrong);
  EXPECT_EQ(with_total("0.295"), wrong);
  EXPECT_EQ(with_total("\"0.3\""), right);
  EXPECT_EQ(with_total("null"), right);
  EXPECT_EQ(with_total("\"?\""), wrong);
  EXPECT_EQ(with_total("[]"), wrong);
  EXPECT_EQ(with_total("1e300"), wrong);
  core::Definition strict = system_a();
  strict.wrong_total = core::WrongTotal::kReject;
  EXPECT_EQ(outcome(strict, R"({"products":[],"total_value":1})"), "wrong_total");
}

TEST(Decoder, RejectsWhatIsNotJson) {
  for (const char* text : {"nonsense",
                           "{",
                           "}",
                           "{\"products\":[",
                           "{\"products\":[]",
                           "{\"products\":[]}}",
                           "{\"products\":[]}{}",
                           "{\"products\":[]} x",
                           "{\"products\":[],}",
                           "{,}",
                           "{\"a\"}",
                           "{\"a\":}",
                           "{\"a\":1 2}",
                           "{a:1}",
                           "{'products':[]}",
                           "{\"a\":01}",
                           "{\"a\":1.}",
                           "{\"a\":+1}",
                           "{\"a\":NaN}",
                           "{\"a\":Infinity}",
                           "{\"a\":tru}",
                           "{\"a\":truex}",
                           "{\"a\":nulll}",
                           "{\"a\":\"\\x\"}",
                           "{\"a\":\"\\ud800\\u004\"}",
                           "{\"a\":\"\\ud8\"}",
                           "{\"a\":[1,]}",
                           "{\"a\":[,1]}",
                           "{\"a\":[1}}",
                           "{\"a\":{]}",
                           "{\"a\":{\"b\"}}",
                           "{\"a\":{\"b\":1,}}",
                           "{\"a\":{1:2}}",
                           "{\"a\" \"b\"}",
                           "{\"a\":\"x\" \"y\"}",
                           "{\"a\":\"x\"y}",
                           "\"",
                           "[",
                           "]",
                           "{\"a\":\"x\ny\"}",
                           "{\"a\":1e}",
                           "{\"a\":1x}",
                           "{\"a\":-}",
                           "{\"\\q\":1}",
                           "\xef\xbb\xbf{\"products\":[]}",
                           "{\"a\":\x01}",
                           "{\"a\"::1}",
                           "{\"a\":1;}"})
    EXPECT_EQ(a(text), "invalid_json") << text;
  EXPECT_EQ(a_item(R"({"product_name":"A","quantity":1,"price":NaN})"), "invalid_json");
  EXPECT_EQ(a_item(R"({"product_name":"A","quantity":1,"price":1.2.3})"), "invalid_json");
  EXPECT_EQ(a_item(R"({"product_name":"A" "quantity":1,"price":1})"), "invalid_json");
  EXPECT_EQ(a_item(R"({"product_name":A,"quantity":1,"price":1})"), "invalid_json");
}

TEST(Decoder, NotBeingJsonTakesPrecedence) {
  EXPECT_EQ(a(R"({"products":17,"x":NaN})"), "invalid_json");
  EXPECT_EQ(a(R"({"products":17,"products":[]})"), "wrong_type");
  EXPECT_EQ(a(std::string("{\"a\":NaN,\"b\":\"\xff\"}")), "invalid_utf8");
}

// A half is grammar, as RFC 8259 says: it is no fault where nobody reads it.
TEST(Decoder, HalfACharacterInAFieldThatNobodyReadsIsNoFault) {
  const std::string item = R"({"product_name":"A","quantity":1,"price":1,"engraving":"\udfa7 x"})";
  EXPECT_EQ(a(R"({"note":"until \ud83c","products":[)" + item + R"(],"\ud83c":{"\ud83c":["\ud83c"]}})"),
            "A 1 = 1.00; ");
  EXPECT_EQ(a(R"({"products\ud83c":[],"products":[]})"), "");
  EXPECT_EQ(a(R"({"products":[],"total_value":"\ud83c"})"), "(wrong total)");
  EXPECT_EQ(a(R"({"note":"\ud83c","products":[{"product_name":"caf\u00e9","quantity":1,"price":1}]})"),
            "café 1 = 1.00; ");
  EXPECT_EQ(outcome(system_b(), R"({"produtos":["x"],"quantidades":{"x":1,"y\ud83c":2}})"), "x 1 = 0.00; ");
  EXPECT_EQ(outcome(system_b(), R"({"produtos":["x"],"quantidades":{"x":1,"y\ud83c":2,"y\ud83c":3}})"),
            "duplicate_field");
}

TEST(Decoder, RejectsHalfACharacterInANameOrAnId) {
  EXPECT_EQ(a_item(R"({"product_name":"Mouse \ud83c","quantity":1,"price":1})"), "lone_surrogate");
  EXPECT_EQ(a_item(R"({"product_name":"\udfa7","quantity":1,"price":1})"), "lone_surrogate");
  EXPECT_EQ(a_item(R"({"product_name":"Mouse \ud83c\udfa7","quantity":1,"price":1})"), "Mouse 🎧 1 = 1.00; ");
  EXPECT_EQ(a_item(R"({"product_name":"Mouse \ud83c","quantity":"\ud83c","price":1})"), "lone_surrogate");
  EXPECT_EQ(a_item(R"({"quantity":"\ud83c","product_name":"Mouse \ud83c","price":1})"), "not_a_number");
  EXPECT_EQ(outcome(system_b(), R"({"produtos":["x\ud83c"],"quantidades":{"x\ud83c":1}})"), "lone_surrogate");
  EXPECT_EQ(outcome(by_product_and_client(), R"({"client":"\udc00","items":[],"quantities":{}})"), "lone_surrogate");
  core::Definition with_id = system_a();
  with_id.order.id = FieldPath{{"id"}};
  EXPECT_EQ(outcome(with_id, R"({"id":"\udc00","products":[]})"), "");  // which nothing asks for
  with_id.deduplicate = core::Deduplicate{};
  EXPECT_EQ(outcome(with_id, R"({"id":"\udc00","products":[]})"), "lone_surrogate");
}

TEST(Decoder, RejectsInvalidUtf8) {
  for (const char* text :
       {"{\"a\":\"\xff\"}", "{\"a\":\"\xc3\"}", "{\"a\":\"\xed\xa0\x80\"}", "{\"a\":\"\xc0\xaf\"}", "\x80"})
    EXPECT_EQ(a(text), "invalid_utf8") << text;
}

TEST(Decoder, RejectsEmptyMessages) {
  EXPECT_EQ(a(""), "empty_message");
  EXPECT_EQ(a(" \r\n\t"), "empty_message");
}

TEST(Decoder, RejectsNullMessages) {
  Decoder decoder(system_a());
  core::MessageBatch batch;
  core::Message null;
  null.is_null = true;
  batch.append(null, "", "");
  ASSERT_EQ(decoder.decode(batch).rejects.size(), 1U);
  EXPECT_EQ(decoder.decode(batch).rejects[0].reason, core::RejectReason::kNullMessage);
}

TEST(Decoder, RejectsWrongTypes) {
  for (const char* text : {"[]", "1", "\"x\"", "null", "true", R"({"products":null})", R"({"products":"x"})",
                           R"({"products":[1]})", R"({"products":[[]]})", R"({"products":[null]})"})
    EXPECT_EQ(a(text), "wrong_type") << text;
  for (const char* item :
       {R"({"product_name":true,"quantity":1,"price":1})", R"({"product_name":null,"quantity":1,"price":1})",
        R"({"product_name":"A","quantity":true,"price":1})", R"({"product_name":"A","quantity":1,"price":[1]})",
        R"({"product_name":"A","quantity":1,"price":{"a":1}})", R"({"product_name":"A","quantity":null,"price":1})"})
    EXPECT_EQ(a_item(item), "wrong_type") << item;
}

TEST(Decoder, RejectsTextThatIsNoNumber) {
  for (const char* text : {"two", "", "1,5", " 1", "1 ", "NaN", "R$ 1", "0x1"})
    EXPECT_EQ(a_item(R"({"product_name":"A","quantity":")" + std::string(text) + R"(","price":1})"), "not_a_number")
        << text;
}

TEST(Decoder, RejectsMissingFields) {
  EXPECT_EQ(a("{}"), "missing_field");
  EXPECT_EQ(a(R"({"Products":[]})"), "missing_field");
  EXPECT_EQ(a_item(R"({"quantity":1,"price":1})"), "missing_field");
  EXPECT_EQ(a_item(R"({"product_name":"A","price":1})"), "missing_field");
  EXPECT_EQ(a_item(R"({"product_name":"A","quantity":1})"), "missing_field");
  EXPECT_EQ(a_item("{}"), "missing_field");
}

TEST(Decoder, RejectsFieldsThatStandThereTwice) {
  EXPECT_EQ(a(R"({"products":[],"products":[]})"), "duplicate_field");
  EXPECT_EQ(a_item(R"({"product_name":"A","quantity":1,"price":1,"quantity":2})"), "duplicate_field");
  EXPECT_EQ(a(R"({"x":1,"x":2,"products":[]})"), "");
}

TEST(Decoder, RejectsNumbersBeyondItsBounds) {
  const auto price = [](const std::string& text) {
    return a_item(R"({"product_name":"A","quantity":2,"price":)" + text + "}");
  };
  EXPECT_EQ(price(std::string(400, '9')), "number_too_large");
  EXPECT_EQ(price("1e400"), "number_too_large");
  EXPECT_EQ(price("600000000000000000"), "number_too_large");  // the product is beyond the bound
  EXPECT_EQ(price("500000000000000000"), "A 2 = 1000000000000000000.00; ");
  EXPECT_EQ(price("0." + std::string(400, '3')), "A 2 = 0.666666666; ");
  EXPECT_EQ(a(R"({"products":[{"product_name":"A","quantity":1,"price":600000000000000000},)"
              R"({"product_name":"B","quantity":1,"price":600000000000000000}]})"),
            "number_too_large");
}

TEST(Decoder, RejectsNegativeAmountsUnlessReturnsAreAllowed) {
  const std::string returned = R"({"products":[{"product_name":"A","quantity":-2,"price":1.5}]})";
  EXPECT_EQ(a(returned), "negative_quantity");
  EXPECT_EQ(a_item(R"({"product_name":"A","quantity":2,"price":-1.5})"), "negative_price");
  core::Definition returns = system_a();
  returns.allow_returns = true;
  EXPECT_EQ(outcome(returns, returned), "A -2 = -3.00; ");
}

TEST(Decoder, RejectsEmptyAndEndlessNames) {
  EXPECT_EQ(a_item(R"({"product_name":"","quantity":1,"price":1})"), "empty_key");
  const auto named = [](std::size_t bytes) {
    return a_item(R"({"product_name":")" + std::string(bytes, 'x') + R"(","quantity":1,"price":1})");
  };
  EXPECT_EQ(named(core::kMaxKeyBytes + 1), "key_too_long");
  EXPECT_EQ(named(core::kMaxKeyBytes).substr(0, 3), "xxx");
}

// With a table by product and client: line items of 1,024 bytes of keys each.
std::string order_with_keys(std::size_t items, std::size_t client_bytes, const std::string& item = R"("ab")") {
  std::string text = R"({"client":")" + std::string(client_bytes, 'c') + R"(","items":[)";
  for (std::size_t i = 0; i < items; ++i) text += (i > 0 ? "," : "") + item;
  return text + R"(],"quantities":{"ab":1}})";
}

TEST(Decoder, RejectsKeysBeyondTheirLimit) {
  const core::Definition definition = by_product_and_client();
  const std::size_t items = core::kMaxOrderKeyBytes / 1024;
  const std::size_t client_bytes = 1024 - 2 * (core::kKeyBaseBytes + 2);
  const auto outcome_of = [&](std::size_t item_count, std::size_t bytes, const std::string& item = R"("ab")") {
    return outcome(definition, order_with_keys(item_count, bytes, item));
  };
  EXPECT_EQ(outcome_of(items, client_bytes).substr(0, 3), "ccc");
  EXPECT_EQ(outcome_of(items + 1, client_bytes), "keys_too_large");
  EXPECT_EQ(outcome_of(items, client_bytes + 1), "keys_too_large");
  EXPECT_EQ(outcome_of(items, client_bytes, R"("a\u0062")").substr(0, 3), "ccc");  // counts without the escape
  EXPECT_EQ(outcome_of(100'000, 1), "keys_too_large");                             // by the number of items alone
  // Other faults of the items come first, also behind those that are too many; those of the order come after.
  std::string faulty = order_with_keys(100'000, 1);
  faulty.insert(faulty.rfind(']'), ",true");
  EXPECT_EQ(outcome(definition, faulty), "wrong_type");
  EXPECT_EQ(outcome_of(100'000, 1, R"("no quantity")"), "keys_too_large");
}

TEST(Decoder, KeepsNoItemsOfAnOrderWhoseKeysAreTooLarge) {
  Decoder decoder(by_product_and_client());
  core::MessageBatch batch;
  batch.append({}, order_with_keys(100'000, 1), "");
  batch.append({}, order_with_keys(3, 5), "");
  const DecodedBatch& out = decoder.decode(batch);
  ASSERT_EQ(out.orders.size(), 1U);
  EXPECT_EQ(out.items.size(), 3U);
  EXPECT_LE(out.items.capacity(), 100'000U);
  EXPECT_EQ(out.orders[0].key_bytes, 3 * (2 * (core::kKeyBaseBytes + 2) + 5));
}

TEST(Decoder, RejectsDeepNesting) {
  const auto nested_deep = [](int depth) {
    return a("{\"products\":[],\"x\":" + std::string(static_cast<std::size_t>(depth), '[') +
             std::string(static_cast<std::size_t>(depth), ']') + "}");
  };
  EXPECT_EQ(nested_deep(kMaxDepth - 1), "");
  EXPECT_EQ(nested_deep(kMaxDepth), "too_deep");
  EXPECT_EQ(nested_deep(10'000), "too_deep");
  EXPECT_EQ(a(std::string(1 << 20, '[')), "too_deep");
  std::string objects;
  for (int i = 0; i < 10'000; ++i) objects += "{\"a\":";
  EXPECT_EQ(a(objects), "too_deep");
}

TEST(Decoder, RejectsMessagesBeyondTheLimit) {
  core::Definition small = system_a();
  small.max_message_bytes = 100;
  EXPECT_EQ(outcome(small, R"({"products":[]})" + std::string(85, ' ')), "");
  EXPECT_EQ(outcome(small, R"({"products":[]})" + std::string(86, ' ')), "message_too_large");
}

TEST(Decoder, LooksQuantitiesUpInAMap) {
  const core::Definition b = system_b();
  EXPECT_EQ(outcome(b, R"({"produtos":["x","y"],"quantidades":{"x":1,"y":2}})"), "x 1 = 0.00; y 2 = 0.00; ");
  EXPECT_EQ(outcome(b, R"({"quantidades":{"y":2,"x":1,"z":9},"produtos":["x","x"]})"), "x 1 = 0.00; x 1 = 0.00; ");
  EXPECT_EQ(outcome(b, R"({"produtos":["x","y"],"quantidades":{"x":1}})"), "quantity_missing");
  EXPECT_EQ(outcome(b, R"({"produtos":["x"]})"), "missing_field");
  EXPECT_EQ(outcome(b, R"({"quantidades":{}})"), "missing_field");
  EXPECT_EQ(outcome(b, R"({"produtos":["x"],"quantidades":{"x":1,"x":1}})"), "duplicate_field");
  EXPECT_EQ(outcome(b, R"({"produtos":["x"],"quantidades":{"x":-1}})"), "negative_quantity");
  EXPECT_EQ(outcome(b, R"({"produtos":["x"],"quantidades":{"x":null}})"), "wrong_type");
  EXPECT_EQ(outcome(b, R"({"produtos":["x"],"quantidades":[]})"), "wrong_type");
  EXPECT_EQ(outcome(b, R"({"produtos":[{}],"quantidades":{}})"), "wrong_type");
  EXPECT_EQ(outcome(b, R"({"produtos":["c\u00e3o"],"quantidades":{"cão":4}})"), "cão 4 = 0.00; ");
}

TEST(Decoder, ALargeQuantityMapIsStillExact) {
  std::string names, quantities;
  for (int i = 0; i < 5000; ++i) {
    names += (i == 0 ? "" : ",") + ("\"p" + std::to_string(i) + "\"");
    quantities += (i == 0 ? "" : ",") + ("\"p" + std::to_string(i) + "\":" + std::to_string(i));
  }
  const core::Definition b = system_b();
  const std::string text = outcome(b, R"({"produtos":[)" + names + R"(],"quantidades":{)" + quantities + "}}");
  EXPECT_NE(text.find("p4999 4999 = "), std::string::npos);
  EXPECT_EQ(outcome(b, R"({"produtos":[],"quantidades":{)" + quantities + R"(,"p4000":1}})"), "duplicate_field");
}

TEST(Decoder, FollowsNestedPaths) {
  const core::Definition n = nested();
  const std::string item =
      R"({"unit_price":"2.50","article":{"count":4,"x":0,"a name of more than sixteen bytes":"A"}})";
  EXPECT_EQ(outcome(n, R"({"customer":{"document":{"number":"7"}},"order":{"no":1,"lines":[)" + item + "]}}"),
            "7: A 4 = 10.00; ");
  EXPECT_EQ(outcome(n, R"({"order":{"lines":[]}})"), "missing_field");
  EXPECT_EQ(outcome(n, R"({"customer":{"document":{"number":""}},"order":{"lines":[]}})"), "empty_key");
  EXPECT_EQ(outcome(n, R"({"customer":{"document":7},"order":{"lines":[]}})"), "wrong_type");
  EXPECT_EQ(outcome(n, R"({"customer":{"document":{"number":"7"}},"order":[]})"), "wrong_type");
  EXPECT_EQ(outcome(n, R"({"customer":{"document":{"number":"7"}},"order":{"lines":[]},"order":{"lines":[]}})"),
            "duplicate_field");
}

}  // namespace
}  // namespace salestream::decode
