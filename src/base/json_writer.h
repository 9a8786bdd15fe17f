// SPDX-License-Identifier: Apache-2.0
// Writes one JSON text (RFC 8259) into a string: commas, quotes and escapes are the writer's business, so that no
// caller can forget one. Every object and array stands on one line or, where asked for, has a line for each of its
// values. Any bytes make a valid string: what is no UTF-8 becomes U+FFFD. One thread at a time.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::base {

class JsonWriter {
 public:
  enum class Layout : std::uint8_t {
    kOneLine,  // {"a": 1, "b": [2, 3]}
    kLines,    // each value on a line of its own, two spaces further in than what it stands in
  };

  JsonWriter& begin_object(Layout layout = Layout::kOneLine) { return begin('{', '}', layout); }
  JsonWriter& end_object() { return end('}'); }
  JsonWriter& begin_array(Layout layout = Layout::kOneLine) { return begin('[', ']', layout); }
  JsonWriter& end_array() { return end(']'); }

  // In an object, before each value.
  JsonWriter& key(std::string_view name);

  JsonWriter& string(std::string_view bytes);
  JsonWriter& boolean(bool value) { return literal(value ? "true" : "false"); }
  JsonWriter& null() { return literal("null"); }
  // With so many digits behind the point; null for what is no number, which JSON has no word for.
  JsonWriter& fixed(double value, int fraction_digits);
  // A value as it is to stand there: the digits of an exact number, or what another writer wrote.
  JsonWriter& literal(std::string_view json);

  JsonWriter& value(std::string_view text) { return string(text); }
  template <std::integral Number>
  JsonWriter& value(Number number) {
    if constexpr (std::same_as<Number, bool>)
      return boolean(number);
    else
      return literal(std::to_string(number));
  }
  // null where there is none.
  template <typename Value>
  JsonWriter& value(const std::optional<Value>& maybe) {
    return maybe ? value(*maybe) : null();
  }
  template <typename Value>
  JsonWriter& member(std::string_view name, const Value& of_member) {
    return key(name).value(of_member);
  }

  // What was written since the last call; the text may go on, so that a long one needs no memory for all of it.
  std::string take();
  std::size_t size_bytes() const { return text_.size(); }

 private:
  struct Container {
    char closing;
    Layout layout;
    bool is_empty = true;
  };

  JsonWriter& begin(char opening, char closing, Layout layout);
  JsonWriter& end(char closing);
  void before_value();
  void separate();  // before a key, or a value that has none
  void new_line();

  std::string text_;
  std::vector<Container> open_;
  std::size_t indented_levels_ = 0;
  bool has_key_ = false;
};

// A JSON string with its quotes, for what puts JSON together from pieces that it makes once.
std::string json_string(std::string_view bytes);

}  // namespace salestream::base
