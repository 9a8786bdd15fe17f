// SPDX-License-Identifier: Apache-2.0
#include "base/json_writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/utf8.h"

namespace salestream::base {
namespace {

void append_quoted(std::string& out, std::string_view bytes) {
  out += '"';
  std::size_t clean_from = 0;
  for (std::size_t at = 0; at < bytes.size();) {
    const auto byte = static_cast<unsigned char>(bytes[at]);
    const std::size_t length = utf8_sequence_length(bytes, at);
    // What a terminal may obey as well, such as DEL: it is no text.
    const char32_t character = length > 1 ? code_point(bytes.substr(at, length)) : byte;
    if (length > 0 && !is_control(character) && byte != '"' && byte != '\\') {
      at += length;
      continue;
    }
    out += bytes.substr(clean_from, at - clean_from);
    if (length == 0)
      out += "\uFFFD";
    else if (byte == '"' || byte == '\\')
      out += {'\\', bytes[at]};
    else
      out += fmt::format("\\u{:04x}", static_cast<std::uint32_t>(character));
    clean_from = at += std::max<std::size_t>(length, 1);
  }
  out += bytes.substr(clean_from);
  out += '"';
}

}  // namespace

JsonWriter& JsonWriter::begin(char opening, char closing, Layout layout) {
  before_value();
  text_ += opening;
  open_.push_back({closing, layout});
  if (layout == Layout::kLines) ++indented_levels_;
  return *this;
}

JsonWriter& JsonWriter::end(char closing) {
  SALESTREAM_CHECK(!open_.empty() && open_.back().closing == closing && !has_key_);
  const Container container = open_.back();
  open_.pop_back();
  if (container.layout == Layout::kLines) {
    --indented_levels_;
    if (!container.is_empty) new_line();
  }
  text_ += closing;
  return *this;
}

JsonWriter& JsonWriter::key(std::string_view name) {
  SALESTREAM_CHECK(!open_.empty() && open_.back().closing == '}' && !has_key_);
  separate();
  append_quoted(text_, name);
  text_ += ": ";
  has_key_ = true;
  return *this;
}

JsonWriter& JsonWriter::string(std::string_view bytes) {
  before_value();
  append_quoted(text_, bytes);
  return *this;
}

JsonWriter& JsonWriter::fixed(double value, int fraction_digits) {
  return std::isfinite(value) ? literal(fmt::format("{:.{}f}", value, fraction_digits)) : null();
}

JsonWriter& JsonWriter::literal(std::string_view json) {
  before_value();
  text_ += json;
  return *this;
}

std::string JsonWriter::take() { return std::exchange(text_, {}); }

void JsonWriter::before_value() {
  if (std::exchange(has_key_, false) || open_.empty()) return;
  SALESTREAM_CHECK(open_.back().closing == ']');
  separate();
}

void JsonWriter::separate() {
  Container& container = open_.back();
  const bool is_first = std::exchange(container.is_empty, false);
  if (!is_first) text_ += container.layout == Layout::kLines ? "," : ", ";
  if (container.layout == Layout::kLines) new_line();
}

void JsonWriter::new_line() {
  text_ += '\n';
  text_.append(2 * indented_levels_, ' ');
}

std::string json_string(std::string_view bytes) {
  std::string out;
  append_quoted(out, bytes);
  return out;
}

}  // namespace salestream::base
