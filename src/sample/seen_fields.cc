// SPDX-License-Identifier: Apache-2.0
#include "sample/seen_fields.h"

#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "calendar/order_time.h"
#include "core/decimal.h"

namespace salestream::sample {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// False: it is none that an order may have, such as 1e400.
bool look_at_number(const std::string& text, SeenField& field) {
  const core::ParsedNumber number = core::parse_number(text);
  if (number.status != core::NumberStatus::kOk) return false;
  if (number.value.scaled() % core::Decimal::kScale == 0) ++field.integers;
  if (number.value.is_negative()) ++field.negatives;
  return true;
}

void look_at_text(const std::string& text, SeenField& field) {
  ++field.texts;
  if (look_at_number(text, field)) {
    ++field.number_texts;
  } else if (calendar::time_of_text(text)) {
    ++field.times;
  } else if (text.size() == 3 && std::ranges::all_of(text, is_letter)) {
    ++field.currencies;
  }
}

void look_at(const Value& value, SeenField& field) {
  if (!value.is_there()) return;
  ++field.there;
  switch (value.kind) {
    case Kind::kNumber: field.numbers += look_at_number(value.text, field); return;
    case Kind::kText: return look_at_text(value.text, field);
    case Kind::kBoolean: ++field.booleans; return;
    case Kind::kNull:
    case Kind::kObject:
    case Kind::kArray: return;
  }
}

class Gatherer {
 public:
  void add(const Value& object, std::size_t index) {
    core::FieldPath path;
    std::string key;
    add_members(object, index, path, key);
  }
  std::vector<SeenField> take() { return std::move(fields_); }

 private:
  void add_members(const Value& object, std::size_t index, core::FieldPath& path, std::string& key) {
    if (path.steps.size() == kMaxFieldSteps) return;
    for (const Member& member : object.members) {
      const std::size_t key_size = key.size();
      key += std::to_string(member.name.size()) + ':' + member.name;
      path.steps.push_back(member.name);
      if (note(member.value, index, path, key)) add_members(member.value, index, path, key);
      path.steps.pop_back();
      key.resize(key_size);
    }
  }

  // False: it has been seen in this object, or is one too many.
  bool note(const Value& value, std::size_t index, const core::FieldPath& path, const std::string& key) {
    auto found = places_.find(key);
    if (found == places_.end()) {
      if (fields_.size() == kMaxSeenFields) return false;
      found = places_.emplace(key, fields_.size()).first;
      fields_.push_back({.path = path, .values = {}});
    }
    SeenField& field = fields_[found->second];
    if (!field.values.empty() && field.values.back().object == index) return false;
    field.values.push_back({index, &value});
    look_at(value, field);
    return true;
  }

  std::vector<SeenField> fields_;
  std::unordered_map<std::string, std::size_t> places_;
};

}  // namespace

std::vector<SeenField::Count> SeenField::distinct(std::size_t most, std::size_t longest_bytes) const {
  std::map<std::string, std::size_t> counts;
  for (const Seen& seen : values) {
    if (!seen.value->is_there() || seen.value->text.empty()) continue;
    if (seen.value->text.size() > longest_bytes) return {};
    ++counts[seen.value->text];
    if (counts.size() > most) return {};
  }
  std::vector<Count> out;
  for (const auto& [text, count] : counts) out.push_back({text, count});
  std::ranges::stable_sort(out, [](const Count& a, const Count& b) { return a.count > b.count; });
  return out;
}

bool are_apart(const core::FieldPath& a, const core::FieldPath& b) { return a != b && !a.holds(b) && !b.holds(a); }

std::vector<SeenField> fields_of(const std::vector<const Value*>& objects) {
  Gatherer gatherer;
  for (std::size_t i = 0; i < objects.size(); ++i) gatherer.add(*objects[i], i);
  return gatherer.take();
}

}  // namespace salestream::sample
