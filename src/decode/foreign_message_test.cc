// SPDX-License-Identifier: Apache-2.0
// What is said of each kind of message that is no order in JSON, through the decoder, which also has to reject it for
// the same reason as ever.
#include "decode/foreign_message.h"

#include <gmock/gmock.h>

#include "decode/decoder.h"

namespace salestream::decode {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using core::RejectReason;
using testing::HasSubstr;
using testing::StartsWith;

const std::string kOrder = R"({"id": "K7", "lines": [{"item": "Lamp", "n": 2, "each": 3.5}]})";

core::Definition definition() {
  core::Definition d;
  d.order.items = core::FieldPath{{"lines"}};
  d.order.product = core::FieldPath{{"item"}};
  d.order.quantity = core::FieldPath{{"n"}};
  d.order.price = core::FieldPath{{"each"}};
  d.totals = {{"t", {core::Dimension::kProduct}, {}}};
  return d;
}

// "reason: detail"; "order": it is one.
std::string said_of(std::string_view message) {
  static Decoder decoder(definition());
  core::MessageBatch batch;
  batch.append({}, message, "");
  const DecodedBatch& out = decoder.decode(batch);
  if (out.rejects.empty()) return "order";
  return std::string(core::name_of(out.rejects[0].reason)) + ": " + out.rejects[0].detail;
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  for (std::size_t at = 0; (at = text.find(from, at)) != std::string::npos; at += to.size())
    text.replace(at, from.size(), to);
  return text;
}

std::string escaped() { return replaced(kOrder, "\"", "\\\""); }

TEST(ForeignMessage, AnOrderIsOne) {
  EXPECT_EQ(said_of(kOrder), "order");
  EXPECT_EQ(said_of(" \r\n" + kOrder + "\r"), "order");
}

TEST(ForeignMessage, HeadersBeforeTheJson) {
  EXPECT_THAT(said_of("\0\0\0\x01\x04"s + kOrder),
              StartsWith("invalid_json: Confluent's wire format, a zero byte and the schema id 260 stands before the "
                         "JSON: have the producer"));
  EXPECT_THAT(said_of("\0\0\0\0\x0c\x04K7\x02\x08Lamp"sv),
              HasSubstr("the schema id 12, and then what is no JSON, such as Avro or Protobuf"));
  EXPECT_THAT(said_of("\0\0\0\0\0\0\0\0\x05"s + kOrder),
              HasSubstr("a schema id of 8 bytes, as of Apicurio's registry"));
  EXPECT_THAT(said_of("\x03\x05" + std::string(16, 'u') + kOrder), HasSubstr("AWS Glue's schema registry"));
  EXPECT_THAT(said_of("\0"s + kOrder), HasSubstr("a zero byte stands before the JSON"));
  EXPECT_THAT(said_of("\x1e" + kOrder), HasSubstr("a record separator (RFC 7464)"));
  EXPECT_THAT(said_of("2024-11-03 14:25 INFO " + kOrder), HasSubstr("'2024-11-03 14:25 INFO' stands before the JSON"));
  EXPECT_THAT(said_of("\xef\xbb\xbf" + kOrder), StartsWith("invalid_json: the message is text with a byte order mark"));
  EXPECT_THAT(said_of(")]}',\n" + kOrder), HasSubstr("guards JSON"));
  EXPECT_THAT(said_of("data: " + kOrder), HasSubstr("server-sent events"));
}

TEST(ForeignMessage, SerializedTwice) {
  EXPECT_THAT(said_of('"' + escaped() + '"'),
              StartsWith("wrong_type: the message is a string with JSON in it: it was"));
  EXPECT_THAT(said_of("\"[\\n  " + escaped() + "]\""), HasSubstr("serialized twice"));
  EXPECT_THAT(said_of(escaped()), StartsWith("invalid_json: the quotes are escaped"));
  EXPECT_THAT(said_of('"' + replaced(kOrder, "\"", "\"\"") + '"'), HasSubstr("JSON in a field of a CSV file"));
  EXPECT_THAT(said_of(replaced(kOrder, "\"", "\"\"")), HasSubstr("the quotes are doubled"));
  EXPECT_THAT(said_of("\"eyJpZCI6ICJLNyJ9\""), HasSubstr("a string, and in it stands JSON in base64"));
  EXPECT_THAT(said_of("\"{'id': 'K7'}\""), HasSubstr("in it stands Python's notation"));
  EXPECT_THAT(said_of("\"Lamp\""), "wrong_type: the message is a string, and an order is an object");
}

TEST(ForeignMessage, Encodings) {
  EXPECT_THAT(said_of("eyJpZCI6ICJLNyJ9"), HasSubstr("JSON in base64"));
  EXPECT_THAT(said_of("7b226964223a20224b37227d"), HasSubstr("hexadecimal"));
  EXPECT_THAT(said_of("%7B%22id%22%3A1%7D"), HasSubstr("(%7B)"));
  EXPECT_THAT(said_of("{\0\"\0i\0d\0\"\0:\0001\0}\0"sv), HasSubstr("the message is text in UTF-16"));
  EXPECT_THAT(said_of("\x1f\x8b\x08\0\0\0\0\0"sv), StartsWith("invalid_utf8: the message is packed by gzip: have the"));
  EXPECT_THAT(said_of("\x0a\x02K7\x12\x06\x0a\x04Lamp"sv), HasSubstr("the message is binary"));
  EXPECT_THAT(said_of("{\"item\": \"caf\xe9\"}"),
              "invalid_utf8: the bytes are not valid UTF-8: 0xE9 at byte 13, which is é in Latin-1 and Windows-1252: "
              "have the producer write UTF-8");
  EXPECT_THAT(said_of("{\"item\": \"\x80 5\"}"), "invalid_utf8: the bytes are not valid UTF-8: 0x80 at byte 10");
}

TEST(ForeignMessage, OtherNotations) {
  EXPECT_THAT(said_of(replaced(kOrder, "\"", "'")), StartsWith("invalid_json: Python's notation of an object"));
  EXPECT_THAT(said_of("b'" + kOrder + "'"), HasSubstr("Python's notation of bytes"));
  EXPECT_THAT(said_of("{id=K7, lines=[{item=Lamp}]}"), HasSubstr("Java's text of a map"));
  EXPECT_THAT(said_of("{id: \"K7\", lines: []}"), HasSubstr("names without quotes"));
  EXPECT_THAT(said_of("{\"id\"=>\"K7\"}"), HasSubstr("Ruby's"));
  EXPECT_THAT(said_of("{:id=>\"K7\"}"), HasSubstr("Ruby's"));
  EXPECT_THAT(said_of("Order(id='K7', lines=[])"), HasSubstr("a program's text of an object of Order"));
  EXPECT_THAT(said_of("Struct{id=K7}"), HasSubstr("an object of Struct"));
  EXPECT_THAT(said_of("got(" + kOrder + ")"), HasSubstr("JSONP"));
  EXPECT_THAT(said_of("[object Object]"), HasSubstr("JSON.stringify"));
  EXPECT_THAT(said_of("<order><id>K7</id></order>"), HasSubstr("XML"));
  EXPECT_THAT(said_of("<!DOCTYPE html><title>502</title>"), HasSubstr("error page"));
  EXPECT_THAT(said_of("id=K7&item=Lamp"), HasSubstr("the fields of a form"));
  EXPECT_THAT(said_of("id;item;n;each"), HasSubstr("a row of CSV, its fields separated by ';'"));
  EXPECT_THAT(said_of("K7,\"Lamp, red\",2,3.5"), HasSubstr("separated by ','"));
  EXPECT_THAT(said_of("{“id”: “K7”}"), HasSubstr("typographic quotes"));
}

TEST(ForeignMessage, MoreThanOneOrder) {
  EXPECT_THAT(said_of("[" + kOrder + ", " + kOrder + "]"),
              StartsWith("wrong_type: the message is an array, and an order is an object: have the producer write"));
  EXPECT_THAT(said_of(kOrder + "\n" + kOrder), HasSubstr("two JSON objects in one message"));
  EXPECT_THAT(said_of(kOrder + ", " + kOrder), HasSubstr("several JSON objects with commas"));
  EXPECT_THAT(said_of(kOrder + ","), HasSubstr("a comma stands behind the object"));
}

TEST(ForeignMessage, AnEnvelopeIsAMissingField) {
  EXPECT_THAT(said_of(R"({"schema": {"type": "string"}, "payload": ")" + escaped() + "\"}"),
              StartsWith("missing_field: lines is missing; there stand: schema, payload; payload is a text with JSON"));
  EXPECT_THAT(said_of(R"({"op": "c", "before": null, "after": )" + kOrder + "}"),
              HasSubstr("; this is a change of a row, as Debezium writes it: say `changes: debezium`"));
  EXPECT_THAT(said_of(replaced(kOrder, "each", "unit_each")),
              "missing_field: each of line item 1 is missing; there stand: item, n, unit_each; did you mean "
              "'unit_each'?");
}

TEST(ForeignMessage, AnObjectIsNothingBeforeTheJson) {
  for (const char* const message : {R"({ "lines": [{"item": "a", "n": NaN}] })", R"([ {"lines": [{"n": 01}]} ])"})
    EXPECT_THAT(said_of(message), Not(HasSubstr("stands before the JSON"))) << message;
}

TEST(ForeignMessage, PlainDetailsStay) {
  for (const char* text : {"nonsense", "{\"id\": NaN}", "{\"lines\": [", "{\"a\": \"b", "[1,", "\"", "", "null"})
    EXPECT_EQ(describe_foreign(text, RejectReason::kInvalidJson), std::nullopt) << text;
  EXPECT_EQ(describe_foreign("[]", RejectReason::kMissingField), std::nullopt);
  EXPECT_EQ(describe_foreign(kOrder, RejectReason::kWrongType), std::nullopt);
  EXPECT_THAT(said_of("{\"id\": NaN}"), "invalid_json: 'NaN' is no JSON value");
}

// Nothing reads beyond what is there, and no sentence grows with the message.
TEST(ForeignMessage, LooksAtAnythingAndSaysLittle) {
  const std::string messages[] = {'"' + escaped() + '"', "{'a': 1}",    "\0\0\0\0\x0c{}"s, "a,b,c,d", "2024 " + kOrder,
                                  kOrder + kOrder,       "{\"\": \"\\", "Order(x=1)",      "{id=1}",  "[{\"a\": 1},"};
  for (const std::string& message : messages)
    for (std::size_t size = 0; size <= message.size(); ++size)
      for (const auto reason : {RejectReason::kInvalidJson, RejectReason::kWrongType, RejectReason::kInvalidUtf8})
        describe_foreign(std::string_view(message).substr(0, size), reason);
  for (const char c : "{[\"'\\,(=;:<x0\xff\0"sv)
    for (const auto reason : {RejectReason::kInvalidJson, RejectReason::kWrongType, RejectReason::kInvalidUtf8})
      EXPECT_LT(describe_foreign(std::string(200'000, c), reason).value_or("").size(), 250U) << c;
}

}  // namespace
}  // namespace salestream::decode
