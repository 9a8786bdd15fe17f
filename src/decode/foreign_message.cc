// SPDX-License-Identifier: Apache-2.0
#include "decode/foreign_message.h"

#include <fmt/format.h>

#include "base/utf8.h"
#include "core/foreign_format.h"
#include "core/json_text.h"
#include "decode/foreign_notation.h"

namespace salestream::decode {
namespace {

using core::RejectReason;

constexpr std::size_t kQuoteIsNear = 64;  // behind the first bracket, perhaps after white space

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

bool begins_json(std::string_view text) { return text.starts_with('{') || text.starts_with('['); }

std::string behind_header(std::string_view what, std::string_view rest, std::string_view serializer) {
  if (begins_json(rest))
    return fmt::format(
        "{} stands before the JSON: have the producer write JSON alone, with a serializer of plain JSON "
        "instead of {}",
        what, serializer);
  return fmt::format(
      "{}, and then what is no JSON, such as Avro or Protobuf: have the producer, or a converter behind "
      "it, write plain JSON",
      what);
}

// Confluent's wire format, and its relatives: a magic byte, the schema's id, the message.
std::optional<std::string> of_schema_registry(std::string_view message) {
  constexpr std::size_t kHeader = 5, kLongHeader = 9, kGlueHeader = 18;
  if (message.size() <= kHeader) return std::nullopt;
  if (byte_at(message, 0) == 3 && (byte_at(message, 1) == 0 || byte_at(message, 1) == 5) &&
      message.size() > kGlueHeader)
    return behind_header("the header of AWS Glue's schema registry", message.substr(kGlueHeader), "AWSKafkaJsonSchema");
  if (byte_at(message, 0) != 0) return std::nullopt;
  const std::string_view rest = message.substr(1);
  if (begins_json(rest)) return "a zero byte stands before the JSON: have the producer leave it out";
  if (!begins_json(message.substr(kHeader)) && message.size() > kLongHeader && begins_json(message.substr(kLongHeader)))
    return behind_header("a zero byte and a schema id of 8 bytes, as of Apicurio's registry",
                         message.substr(kLongHeader), "one with a registry");
  unsigned long id = 0;
  for (std::size_t at = 1; at < kHeader; ++at) id = id << 8 | byte_at(message, at);
  return behind_header(fmt::format("Confluent's wire format, a zero byte and the schema id {}", id),
                       message.substr(kHeader), "KafkaJsonSchemaSerializer");
}

// A document and more behind it.
std::optional<std::string> of_several(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;
  const core::ValueEnd end = core::end_of_value(text);
  if (end.unfinished) return std::nullopt;
  const std::string_view rest = core::without_space_around(text.substr(end.size));
  if (rest.starts_with('{'))
    return "two JSON objects in one message: have the producer write a message, or a line, for each order";
  if (rest == ",")
    return "a comma stands behind the object, as in the lines of an array: have the producer write an object a line, "
           "without it";
  if (rest.starts_with(",") && core::without_space_before(rest.substr(1)).starts_with('{'))
    return "several JSON objects with commas between them: have the producer write a message, or a line, for each";
  return std::nullopt;
}

std::optional<std::string> of_document(std::string_view text) {
  if (text.starts_with('['))
    return "the message is an array, and an order is an object: have the producer write a message, or a line, for each "
           "of its elements";
  if (!text.starts_with('"')) return std::nullopt;
  const std::string_view content = core::without_space_before(text.substr(1));
  if (begins_json(content) && (content.find("\\\"") < kQuoteIsNear || content.find("\\u0022") < kQuoteIsNear))
    return "the message is a string with JSON in it: it was serialized twice. Have the producer serialize each order "
           "once";
  const auto notation = describe_notation(content);
  return notation ? std::optional("the message is a string, and in it stands " + *notation) : std::nullopt;
}

std::string byte_of_latin1(std::string_view message, std::size_t at) {
  const unsigned byte = byte_at(message, at);
  std::string text = fmt::format("the bytes are not valid UTF-8: 0x{:02X} at byte {}", byte, at);
  if (byte < 0xC0) return text;  // of Latin-1's letters
  const char letter[] = {static_cast<char>(0xC0 | byte >> 6), static_cast<char>(0x80 | (byte & 0x3F)), '\0'};
  return text + fmt::format(", which is {} in Latin-1 and Windows-1252: have the producer write UTF-8", letter);
}

// Where the text is JSON to all appearances.
std::optional<std::string> of_bad_utf8(std::string_view message) {
  if (!begins_json(core::without_space_before(message))) return std::nullopt;
  for (std::size_t at = 0; at < message.size();) {
    const std::size_t length = base::utf8_sequence_length(message, at);
    if (length == 0) return byte_of_latin1(message, at);
    at += length;
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> describe_foreign(std::string_view message, RejectReason reason) {
  const bool is_document = reason == RejectReason::kWrongType;
  if (!is_document && reason != RejectReason::kInvalidJson && reason != RejectReason::kInvalidUtf8) return std::nullopt;
  const std::string_view beginning = message.substr(0, core::kForeignBytes);
  const std::string_view text = core::without_space_before(beginning);
  if (is_document) return of_document(text);
  if (const core::ForeignFormat* format = core::foreign_format(beginning))
    return fmt::format("the message is {}: {}", format->what, format->for_producers);
  if (auto found = of_schema_registry(message.substr(0, core::kForeignBytes))) return found;
  if (reason == RejectReason::kInvalidUtf8) {
    if (auto found = of_bad_utf8(message)) return found;
  }
  if (auto found = of_several(text)) return found;
  return describe_notation(text);
}

}  // namespace salestream::decode
