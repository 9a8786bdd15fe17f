// SPDX-License-Identifier: Apache-2.0
#include "decode/object_reader.h"

#include <fmt/format.h>

#include <utility>

namespace salestream::decode {

using core::RejectReason;

Token read_raw(Cursor& cursor, Token token, RawValue& out) {
  out.first = cursor.at(token);
  out.token = token;
  out.text = {};
  if (out.first == '"') return cursor.string(token, out.text);
  if (!is_number_start(out.first)) {
    if (out.first == 't' || out.first == 'f') out.text = out.first == 't' ? "true" : "false";
    return cursor.skip_value(token);
  }
  const char* const begin = cursor.text(token);
  token = cursor.number(token, out.number);
  out.text = {begin, out.number.length};
  return token;
}

std::optional<core::Decimal> number_of(const RawValue& raw) {
  if (!raw.is_text_or_number()) return std::nullopt;
  const core::ParsedNumber number = raw.first == '"' ? core::parse_number(raw.text) : raw.number;
  return number.status == core::NumberStatus::kOk ? std::optional(number.value) : std::nullopt;
}

Fault number_fault(const RawValue& raw, const std::string& place) {
  if (raw.is_text_or_number()) return number_fault(core::parse_number(raw.text).status, place, raw.text);
  return {RejectReason::kWrongType, fmt::format("{} is {}, not a number", place, kind_of(raw.first))};
}

std::optional<Fault> ObjectReader::read(Cursor& cursor, Token token, std::int64_t item_number) {
  cursor_ = &cursor;
  object_ = token;
  item_number_ = item_number;
  fault_.reset();
  values_.assign(tree_.edge_count, RawValue{});
  read_members(token, tree_.root);
  return std::move(fault_);
}

// At the opening brace; nullptr: a fault.
Token ObjectReader::read_members(Token token, const FieldNode& node) {
  Cursor& cursor = *cursor_;
  token = cursor.enter(token);
  if (cursor.at(token) == '}') return cursor.leave(token);
  // Messages of one producer have their fields in one order: the edge behind the last one found is the best guess.
  std::size_t guess = 0;
  for (;;) {
    const FieldEdge* const found = find(node, token, guess);
    token = found == nullptr ? cursor.skip_value(token + 2) : read_member(token + 2, *found);
    if (token == nullptr) return nullptr;
    if (cursor.at(token) == '}') return cursor.leave(token);
    ++token;  // a comma
  }
}

const FieldEdge* ObjectReader::find(const FieldNode& node, Token token, std::size_t& guess) {
  const char* const key = cursor_->text(token) + 1;
  for (std::size_t tried = 0; tried < node.heads.size(); ++tried) {
    const std::size_t at = guess;
    guess = guess + 1 < node.heads.size() ? guess + 1 : 0;
    if (node.heads[at].matches(key) && node.edges[at].matches_behind_head(key)) return &node.edges[at];
  }
  if (!cursor_->may_have_escapes()) return nullptr;
  std::string_view name = cursor_->raw_string(token);
  if (!cursor_->has_escape(name)) return nullptr;
  cursor_->unescape(token, name);
  return node.find(name);
}

Token ObjectReader::read_member(Token token, const FieldEdge& edge) {
  RawValue& value = values_[edge.bit];
  if (value.is_there())
    return fail(RejectReason::kDuplicateField,
                fmt::format("{} stands there twice", place_text(edge.path, item_number_)));
  token = read_raw(*cursor_, token, value);
  if (edge.role == Role::kValue) return token;
  if (value.first == '{') return read_members(value.token, edge.below.front());
  if (value.is_null()) return token;  // nothing stands in it
  return fail(RejectReason::kWrongType,
              fmt::format("{} is {}, not an object", place_text(edge.path, item_number_), kind_of(value.first)));
}

Token ObjectReader::fail(RejectReason reason, std::string detail) {
  fault_ = Fault{reason, std::move(detail)};
  return nullptr;
}

}  // namespace salestream::decode
