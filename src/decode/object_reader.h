// SPDX-License-Identifier: Apache-2.0
// The wanted values of one JSON object as they stand there, for a reader that decides later what they mean. The
// document has been found to be JSON before. One instance a thread; it reuses its memory.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "decode/cursor.h"
#include "decode/fault.h"
#include "decode/field_tree.h"

namespace salestream::decode {

// A value as it stands in a message, or nothing.
struct RawValue {
  char first = '\0';               // the first byte of its JSON; 0: nothing stands there
  std::string_view text;           // of a string without its escapes; of a number or a word as it stands there
  Token token = nullptr;           // where it begins
  core::ParsedNumber number = {};  // of a number

  bool is_there() const { return first != '\0'; }
  bool is_null() const { return first == 'n'; }
  bool is_text_or_number() const { return first == '"' || is_number_start(first); }
  // What a field with several places goes past.
  bool is_nothing() const { return !is_there() || is_null() || (first == '"' && text.empty()); }
};

class ObjectReader {
 public:
  // The value's place in values(); of one path always the same.
  std::uint32_t add(const core::FieldPath& path) { return tree_.add_value(path); }

  // Reads the object at `token`. A fault: a wanted field, or an object on the way to one, stands there twice, or
  // something else where that object belongs; what is behind it is not read. `item_number`: for details.
  std::optional<Fault> read(Cursor& cursor, Token token, std::int64_t item_number);
  // That was read last, to the end of its document; only as long as the cursor is at that.
  std::string_view object() const { return cursor_->text_from(object_); }
  const RawValue& value(std::uint32_t place) const { return values_[place]; }

 private:
  Token read_members(Token token, const FieldNode& node);
  const FieldEdge* find(const FieldNode& node, Token token, std::size_t& guess);
  Token read_member(Token token, const FieldEdge& edge);
  Token fail(core::RejectReason reason, std::string detail);

  FieldTree tree_;
  std::vector<RawValue> values_;  // by the edges of the tree

  // Of the object that is being read.
  Cursor* cursor_ = nullptr;
  Token object_ = nullptr;
  std::int64_t item_number_ = -1;
  std::optional<Fault> fault_;
};

// The value at `token`, and the token behind it.
Token read_raw(Cursor& cursor, Token token, RawValue& out);

// A number, or a string that is one; nothing: number_fault() says why.
std::optional<core::Decimal> number_of(const RawValue& raw);
Fault number_fault(const RawValue& raw, const std::string& place);

}  // namespace salestream::decode
