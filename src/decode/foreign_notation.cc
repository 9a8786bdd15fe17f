// SPDX-License-Identifier: Apache-2.0
#include "decode/foreign_notation.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/logging.h"
#include "core/json_text.h"

namespace salestream::decode {
namespace {

using Sentence = std::optional<std::string>;

constexpr std::size_t kMostShownBytes = 40;

struct Beginning {
  std::string_view text;
  std::string_view sentence;
};

constexpr std::string_view kPython =
    "Python's notation of an object, not JSON: have the producer write json.dumps(order), not str(order)";
constexpr std::string_view kPythonBytes =
    "Python's notation of bytes, not JSON: have the producer send the bytes themselves, not str() of them";
constexpr std::string_view kTwice =
    "the quotes are escaped, as in JSON that was serialized twice: have the producer serialize each order once";
constexpr std::string_view kXml = "XML, not JSON: have the producer write JSON";
constexpr std::string_view kHtml = "HTML, not JSON, such as the error page of a server that should have given an order";
constexpr std::string_view kUnquoted =
    "names without quotes, which JSON does not have: have the producer write JSON, as JSON.stringify does";

constexpr Beginning kBeginnings[] = {
    {"\x1e", "a record separator (RFC 7464) stands before the JSON: have the producer write JSON alone"},
    {"{'", kPython},
    {"[{'", kPython},
    {"{u'", kPython},
    {"OrderedDict(", kPython},
    {"defaultdict(", kPython},
    {"b'", kPythonBytes},
    {"b\"", kPythonBytes},
    {"{\\\"", kTwice},
    {"{\"\"",
     "the quotes are doubled, as in a field of a CSV file: have the producer write the JSON itself, without CSV"},
    {"\"{\"\"",
     "JSON in a field of a CSV file, its quotes doubled: have the producer write the JSON itself, without CSV"},
    {"{\xe2\x80\x9c", "typographic quotes, which JSON does not have: a word processor or a chat has changed them"},
    {"{:", "Ruby's notation of a hash, not JSON: have the producer write order.to_json"},
    {"[object ",
     "JavaScript's text of an object, without what is in it: have the producer write JSON.stringify(order)"},
    {"<?xml", kXml},
    {"<!DOCTYPE html", kHtml},
    {"<!doctype html", kHtml},
    {"<html", kHtml},
    {"<HTML", kHtml},
    {")]}'", "a line that guards JSON from being run as a script stands before it: have the producer leave it out"},
    {"data:", "an event of a stream of server-sent events: have the producer write what stands behind \"data:\""},
    {"event:", "an event of a stream of server-sent events: have the producer write what stands behind \"data:\""},
    {"---", "YAML, not JSON: have the producer write JSON"},
};

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' || c == '.';
}

std::size_t word_size(std::string_view text) {
  return static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), is_word) - text.begin());
}

// What a name without quotes, in an object, is followed by tells the language.
Sentence of_object(std::string_view text) {
  if (!text.starts_with('{')) return std::nullopt;
  const std::string_view inside = core::without_space_before(text.substr(1));
  const std::size_t word = word_size(inside);
  const std::string_view behind = core::without_space_before(inside.substr(word));
  if (word > 0 && behind.starts_with('='))
    return "Java's text of a map, not JSON: have the producer write JSON, with an ObjectMapper for instance";
  if (word > 0 && behind.starts_with(':')) return std::string(kUnquoted);
  if (!inside.starts_with('"')) return std::nullopt;
  const std::string_view behind_name = core::without_space_before(inside.substr(core::end_of_value(inside).size));
  if (behind_name.starts_with("=>"))
    return "Ruby's notation of a hash, not JSON: have the producer write order.to_json";
  return std::nullopt;
}

// Order(id=1, …), Order{id=1}, callback({…}).
Sentence of_call(std::string_view text) {
  const std::size_t word = word_size(text);
  if (word == 0 || word == text.size() || (text.front() >= '0' && text.front() <= '9')) return std::nullopt;
  if (text[word] != '(' && text[word] != '{' && text[word] != '[') return std::nullopt;
  if (core::without_space_before(text.substr(word + 1)).starts_with("{\""))
    return "a call of a function around the JSON (JSONP): have the producer write JSON alone";
  return fmt::format("a program's text of an object of {}, not JSON: have the producer write JSON",
                     base::printable(text.substr(0, word), kMostShownBytes));
}

Sentence of_form(std::string_view text) {
  const std::size_t word = word_size(text);
  const bool has_pair = word > 0 && word < text.size() && text[word] == '=';
  if (!has_pair || text.find('&') == std::string_view::npos || text.find(' ') != std::string_view::npos)
    return std::nullopt;
  return "the fields of a form, not JSON: have the producer write JSON";
}

Sentence of_csv(std::string_view text) {
  const std::string_view line = text.substr(0, text.find('\n'));
  if (line.find_first_of("{}[]") != std::string_view::npos) return std::nullopt;
  for (const char separator : {',', ';', '\t', '|'})
    if (core::count_outside_quotes(line, separator) >= 2)
      return fmt::format(
          "a row of CSV, its fields separated by '{}', not JSON: have the producer write an object with "
          "names for each",
          base::printable({&separator, 1}, 4));
  return std::nullopt;
}

// A time, a level, a length, a key: whatever it is that stands before an object that goes to the end.
Sentence of_prefix(std::string_view text) {
  const std::size_t begin = text.find("{\"");
  const std::string_view whole = core::without_space_around(text);
  if (whole.empty() || std::string_view("{[\"").find(whole.front()) != std::string_view::npos) return std::nullopt;
  if (begin == std::string_view::npos || begin == 0 || begin > 256 || whole.back() != '}') return std::nullopt;
  if (core::end_of_value(text.substr(begin)).unfinished) return std::nullopt;
  return fmt::format("'{}' stands before the JSON: have the producer write JSON alone",
                     base::printable(core::without_space_around(text.substr(0, begin)), kMostShownBytes));
}

bool is_binary(std::string_view text) {
  const std::string_view beginning = text.substr(0, 32);
  return std::any_of(beginning.begin(), beginning.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte < 0x20 && c != '\t' && c != '\r' && c != '\n';
  });
}

// Letters and digits that stand for bytes.
Sentence of_encoding(std::string_view text) {
  constexpr Beginning kEncodings[] = {
      {"eyJ", "JSON in base64: have the producer write the JSON itself"},
      {"ewog", "JSON in base64: have the producer write the JSON itself"},
      {"ew0K", "JSON in base64: have the producer write the JSON itself"},
      {"W3si", "a JSON array in base64: have the producer write a message for each of its elements, as JSON itself"},
      {"H4sI", "base64 of what gzip has packed: have the producer write plain JSON"},
      {"7b22", "JSON in hexadecimal digits: have the producer write the JSON itself"},
      {"7B22", "JSON in hexadecimal digits: have the producer write the JSON itself"},
      {"\\x7b", "JSON in hexadecimal digits, as PostgreSQL writes bytes: have the producer write it as text"},
      {"%7B", "JSON in the encoding of addresses (%7B): have the producer write the JSON itself"},
  };
  for (const Beginning& each : kEncodings)
    if (text.starts_with(each.text)) return std::string(each.sentence);
  return std::nullopt;
}

}  // namespace

std::optional<std::string> describe_notation(std::string_view text) {
  for (const Beginning& each : kBeginnings)
    if (text.starts_with(each.text)) return std::string(each.sentence);
  if (text.starts_with('<') && text.find('>') != std::string_view::npos) return std::string(kXml);
  for (const auto describe : {of_encoding, of_object, of_call, of_form, of_prefix, of_csv})
    if (auto found = describe(text)) return found;
  if (!text.empty() && text.front() != '{' && text.front() != '[' && text.front() != '"' && is_binary(text))
    return "the message is binary, not text: have the producer, or a converter behind it, write JSON";
  return std::nullopt;
}

}  // namespace salestream::decode
