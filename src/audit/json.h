// SPDX-License-Identifier: Apache-2.0
// A plain reader of JSON (RFC 8259) for the audit: one document into a list of its values. It exists because the audit
// must not share the decoder's library, and the others at hand take a number beyond a double's range for a fault of
// syntax, also in a field that is not read. Half of a surrogate pair ("\ud83d" alone) stays in a text as the three
// bytes that its number would have. One instance a thread; it reuses its memory.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::audit {

enum class JsonKind : std::uint8_t { kNull, kBoolean, kNumber, kString, kArray, kObject };

// Where a text stands; JsonReader::view() shows it.
struct JsonText {
  std::uint32_t at = 0, size = 0;
};

// Values stand in the order of the document, each container before what is in it. A long document has millions.
struct JsonValue {
  JsonText name;          // in an object: the member's, without escapes
  JsonText text;          // a string's, without escapes; a number's and a boolean's, as it stands there
  std::uint32_t end = 0;  // place of the first value that is not inside of it
  JsonKind kind = JsonKind::kNull;
};
static_assert(sizeof(JsonValue) == 24);

enum class JsonFault : std::uint8_t { kNone, kEmpty, kInvalidUtf8, kInvalidJson, kTooDeep };

class JsonReader {
 public:
  // Objects and arrays within each other, at most.
  static constexpr int kMostDeep = 1024;

  // `text` lives as long as values() are looked at. One of 2 GiB, which no source has, is refused.
  JsonFault read(std::string_view text);
  const std::vector<JsonValue>& values() const { return values_; }
  std::string_view view(JsonText text) const {
    const bool is_unescaped = (text.at & kUnescaped) != 0;
    return {(is_unescaped ? unescaped_.data() : text_.data()) + (text.at & ~kUnescaped), text.size};
  }
  // The memory of a document that was longer than usual. No views into values() are good any more.
  void give_back_memory();

 private:
  // What a message has whose memory is kept for the next one.
  static constexpr std::size_t kUsualBytes = 64 * 1024, kUsualValues = 64 * 1024;

  // Of JsonText::at: in unescaped_, not in the document.
  static constexpr std::uint32_t kUnescaped = std::uint32_t{1} << 31;

  void make_room(std::string_view text);
  // Each stands at the first byte of what it reads, and leaves at_ behind it.
  bool read_value(int depth, JsonText name);
  bool read_members(int depth, std::size_t object);
  bool read_elements(int depth, std::size_t array);
  bool read_string(JsonText& out);
  bool read_escape();
  bool read_hex(unsigned& out);
  bool is_low_half_next() const;
  bool read_word(std::string_view word);
  JsonText number_text();
  void skip_space();
  bool take(char c);

  std::string_view text_;
  std::size_t at_ = 0;
  bool is_too_deep_ = false;
  std::vector<JsonValue> values_;
  std::string unescaped_;
};

}  // namespace salestream::audit
