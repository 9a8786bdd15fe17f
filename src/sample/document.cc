// SPDX-License-Identifier: Apache-2.0
#include "sample/document.h"

#include <simdjson.h>

#include <utility>

namespace salestream::sample {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr std::size_t kMaxTextBytes = 1 << 20;  // of texts that may be JSON themselves; none is cut before it is read

std::string_view without_space_behind(std::string_view text) {
  while (!text.empty() && (text.back() == ' ' || text.back() == '\n' || text.back() == '\r' || text.back() == '\t'))
    text.remove_suffix(1);
  return text;
}

// YAML has no way to write a NUL, and a field of a pipeline file has a name.
bool can_be_named(std::string_view name) { return !name.empty() && name.find('\0') == std::string_view::npos; }

}  // namespace

const Value* Value::member(std::string_view name) const {
  for (const Member& each : members)
    if (each.name == name) return &each.value;
  return nullptr;
}

class DocumentReader::Implementation {
 public:
  std::optional<Value> read(std::string_view text) {
    const simdjson::padded_string padded(text);
    ondemand::document document;
    ondemand::value root;
    if (parser_.iterate(padded).get(document)) return std::nullopt;
    Value value;
    // A document that is a scalar is no order, whatever it is.
    if (document.get_value().get(root)) return Value{.kind = Kind::kText, .text = std::string(text.substr(0, 1))};
    if (!read_value(root, 0, value)) return std::nullopt;
    return value;
  }

 private:
  bool read_value(ondemand::value from, int level, Value& to) {
    if (values_left_ == 0) return false;
    --values_left_;
    ondemand::json_type type{};
    if (from.type().get(type)) return false;
    switch (type) {
      case ondemand::json_type::object: return read_object(from, level, to);
      case ondemand::json_type::array: return read_array(from, level, to);
      case ondemand::json_type::string: return read_text(from, to);
      case ondemand::json_type::number: return read_token(from, Kind::kNumber, to);
      case ondemand::json_type::boolean: return read_token(from, Kind::kBoolean, to);
      case ondemand::json_type::null: return read_token(from, Kind::kNull, to);
    }
    return false;
  }

  bool read_object(ondemand::value from, int level, Value& to) {
    to.kind = Kind::kObject;
    ondemand::object object;
    if (from.get_object().get(object)) return false;
    if (level == kMaxLevels) return true;
    for (auto found : object) {
      ondemand::field field;
      if (std::move(found).get(field)) return false;
      std::string_view name;
      if (field.unescaped_key().get(name) || !can_be_named(name)) continue;
      Member member{std::string(name), {}};
      if (!read_value(field.value(), level + 1, member.value)) return false;
      to.members.push_back(std::move(member));
    }
    return true;
  }

  bool read_array(ondemand::value from, int level, Value& to) {
    to.kind = Kind::kArray;
    ondemand::array array;
    if (from.get_array().get(array)) return false;
    if (level == kMaxLevels) return true;
    for (auto found : array) {
      ondemand::value element;
      if (std::move(found).get(element) || !read_value(element, level + 1, to.elements.emplace_back())) return false;
    }
    return true;
  }

  static bool read_text(ondemand::value from, Value& to) {
    to.kind = Kind::kText;
    const std::string_view token = from.raw_json_token();
    std::string_view text;
    // Where the text can't be had, that it is one is enough.
    to.text = from.get_string().get(text) ? token : text;
    if (to.text.size() > kMaxTextBytes) to.text.resize(kMaxTextBytes);
    return true;
  }

  static bool read_token(ondemand::value from, Kind kind, Value& to) {
    to.kind = kind;
    const std::string_view token = without_space_behind(from.raw_json_token());
    to.text = token;
    if (kind == Kind::kNull) to.text.clear();
    return true;
  }

  ondemand::parser parser_;
  std::size_t values_left_ = kMaxValues;
};

DocumentReader::DocumentReader() : implementation_(std::make_unique<Implementation>()) {}
DocumentReader::~DocumentReader() = default;

std::optional<Value> DocumentReader::read(std::string_view text) { return implementation_->read(text); }

}  // namespace salestream::sample
