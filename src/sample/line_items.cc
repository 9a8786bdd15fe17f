// SPDX-License-Identifier: Apache-2.0
#include "sample/line_items.h"

#include <algorithm>
#include <map>
#include <unordered_set>
#include <utility>

#include "sample/choose.h"
#include "sample/names.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMaxPlaces = 5000;
constexpr std::size_t kLeastMembers = 2;  // of a line item: a product beside a quantity or a price
constexpr std::size_t kMaxArrays = 3;     // within each other
constexpr std::size_t kMaxSteps = 12;     // of 16 that a path may have

// Arrays in arrays are written with dots and brackets: names with their own can't be told there.
bool can_be_written(const core::ItemsPath& path) {
  if (path.levels.size() < 2) return true;
  return std::ranges::all_of(path.levels, [](const core::FieldPath& level) {
    return std::ranges::all_of(level.steps, [](const std::string& step) {
      return !step.empty() && step.find_first_of(".[]") == std::string::npos;
    });
  });
}

// All places of the documents that could be line items.
class Places {
 public:
  Places(InnerDocuments& inner, DocumentReader& reader) : inner_(inner), reader_(reader) {}

  void add(const Value& document, std::size_t index) {
    index_ = index;
    core::ItemsPath path(core::FieldPath{});
    note({}, ItemsKind::kMessage, {&document});
    add_members(document, path);
  }
  std::vector<LineItems> take() {
    std::vector<LineItems> out;
    for (auto& [key, place] : places_) out.push_back(std::move(place));
    return out;
  }

 private:
  void add_members(const Value& object, core::ItemsPath& path) {
    std::vector<std::string>& steps = path.levels.back().steps;
    if (steps.size() == kMaxSteps) return;
    for (const Member& member : object.members) {
      path.levels.back().steps.push_back(member.name);
      add_value(member.value, path);
      path.levels.back().steps.pop_back();
    }
  }

  void add_value(const Value& value, core::ItemsPath& path) {
    switch (value.kind) {
      case Kind::kObject:
        if (path.levels.size() == 1 && value.members.size() >= kLeastMembers) note(path, ItemsKind::kObject, {&value});
        return add_members(value, path);
      case Kind::kArray: return add_array(value, path);
      case Kind::kText: return add_text(value, path);
      default: return;
    }
  }

  void add_array(const Value& array, core::ItemsPath& path) {
    const bool has_names = std::ranges::any_of(array.elements, [](const Value& v) { return v.kind == Kind::kText; });
    const auto kind = has_names ? ItemsKind::kNames : ItemsKind::kArray;
    if (has_names || may_be_items(array)) note(path, kind, elements_of(array), array.elements.size());
    if (path.levels.size() == kMaxArrays) return;
    path.levels.emplace_back();
    for (const Value& element : array.elements) add_members(element, path);
    path.levels.pop_back();
  }

  void add_text(const Value& text, core::ItemsPath& path) {
    if (path.levels.size() > 1 || text.text.size() < 2 || (text.text[0] != '[' && text.text[0] != '{')) return;
    std::optional<Value> read = reader_.read(text.text);
    if (!read) return;
    inner_.push_back(*std::move(read));
    const Value& value = inner_.back();
    core::ItemsPath of_text = path;
    of_text.is_json_text = true;
    if (value.is_object()) note(of_text, ItemsKind::kJsonText, {&value});
    if (value.kind == Kind::kArray) note(of_text, ItemsKind::kJsonText, elements_of(value), value.elements.size());
  }

  // An empty array, too: an order without line items.
  static bool may_be_items(const Value& array) {
    return array.elements.empty() || std::ranges::any_of(array.elements, [](const Value& element) {
             return element.members.size() >= kLeastMembers;
           });
  }

  static std::vector<const Value*> elements_of(const Value& array) {
    std::vector<const Value*> out;
    for (const Value& element : array.elements)
      if (element.is_object() || element.kind == Kind::kText) out.push_back(&element);
    return out;
  }

  void note(const core::ItemsPath& path, ItemsKind kind, const std::vector<const Value*>& items,
            std::size_t elements = 1) {
    const std::string key = key_of(path) + static_cast<char>('0' + static_cast<int>(kind));
    if (places_.size() == kMaxPlaces && !places_.contains(key)) return;
    LineItems& place = places_[key];
    place.path = path;
    place.kind = kind;
    if (place.messages.empty() || place.messages.back() != index_) place.messages.push_back(index_);
    place.misfits += elements - items.size();
    for (const Value* const item : items) {
      if (item->is_object() == (kind == ItemsKind::kNames)) {
        ++place.misfits;
        continue;
      }
      place.items.push_back(item);
      place.orders.push_back(index_);
    }
  }

  static std::string key_of(const core::ItemsPath& path) {
    std::string key;
    for (const core::FieldPath& level : path.levels) {
      key += '[';
      for (const std::string& step : level.steps) key += std::to_string(step.size()) + ':' + step;
    }
    return key + (path.is_json_text ? "j" : "");
  }

  InnerDocuments& inner_;
  DocumentReader& reader_;
  std::size_t index_ = 0;
  std::map<std::string, LineItems> places_;
};

// Of the best field, in points from 0 to 100; 0: none.
int points_of(const std::vector<SeenField>& fields, Role role, std::size_t objects) {
  int best = 0;
  for (const SeenField& field : fields) {
    const bool fits = role == Role::kProduct ? fits_name(field) : fits_number(field);
    const auto far = fits ? distance(role, field.path, 0) : std::nullopt;
    if (!far || *far >= 100) continue;
    best = std::max(best, (100 - *far) * static_cast<int>(field.there * 100 / objects) / 100);
  }
  return best;
}

// How the name of the place speaks for line items.
int points_of_name(const core::ItemsPath& path) {
  if (path.is_message_itself()) return 0;
  const auto far = distance(Role::kItems, path.levels.back(), path.levels.back().steps.size() - 1);
  return far ? std::max(5, 60 - 2 * *far) : 0;
}

int points_of_kind(ItemsKind kind) {
  switch (kind) {
    case ItemsKind::kArray: return 60;
    case ItemsKind::kJsonText: return 50;
    case ItemsKind::kNames: return 20;
    case ItemsKind::kMessage: return 15;
    case ItemsKind::kObject: return 0;
  }
  return 0;
}

// Whether it maps names to numbers; their names are added to `found`.
bool is_map_of_numbers(const Value& value, std::unordered_set<std::string>& found) {
  if (!value.is_object()) return false;
  return std::ranges::all_of(value.members, [&](const Member& member) {
    found.insert(member.name);
    return member.value.kind == Kind::kNumber;
  });
}

// Names with an object of their quantities, which has all of them: {"Mouse": 1, "Teclado": 2}.
std::optional<core::FieldPath> quantities_of(const LineItems& names, const std::vector<SeenField>& fields) {
  std::unordered_set<std::string> wanted;
  for (const Value* const name : names.items) wanted.insert(name->text);
  for (const SeenField& field : fields) {
    if (field.there == 0 || field.values.size() < names.messages.size()) continue;
    if (!are_apart(field.path, names.path.path())) continue;
    std::unordered_set<std::string> found;
    const auto is_map = [&](const Seen& seen) { return is_map_of_numbers(*seen.value, found); };
    if (std::ranges::all_of(field.values, is_map) &&
        std::ranges::all_of(wanted, [&](const std::string& name) { return found.contains(name); }))
      return field.path;
  }
  return std::nullopt;
}

// 0: these are no line items.
int points_of(LineItems& place, const std::vector<const Value*>& documents, const std::vector<SeenField>& of_messages) {
  if (place.items.empty() || !can_be_written(place.path)) return 0;
  const int share = static_cast<int>(place.messages.size() * 100 / documents.size());
  const int misfit = static_cast<int>(place.misfits * 100 / (place.misfits + place.items.size()));
  int points = points_of_name(place.path) + points_of_kind(place.kind) + share - misfit -
               8 * static_cast<int>(place.path.path().steps.size()) -
               10 * (static_cast<int>(place.path.levels.size()) - 1);
  if (place.kind == ItemsKind::kNames) {
    if (place.path.levels.size() > 1) return 0;
    place.quantities = quantities_of(place, of_messages);
    return place.quantities ? points + 150 : 0;
  }
  const std::vector<SeenField> fields = fields_of(place.items);
  const int product = points_of(fields, Role::kProduct, place.items.size());
  const int quantity = points_of(fields, Role::kQuantity, place.items.size());
  const int money = std::max(points_of(fields, Role::kPrice, place.items.size()),
                             points_of(fields, Role::kAmount, place.items.size()));
  if (product == 0 || quantity + money == 0) return 0;
  return points + product + quantity + money;
}

}  // namespace

std::optional<LineItems> find_line_items(const std::vector<const Value*>& documents, InnerDocuments& inner,
                                         DocumentReader& reader) {
  Places places(inner, reader);
  for (std::size_t i = 0; i < documents.size(); ++i) places.add(*documents[i], i);
  const std::vector<SeenField> of_messages = fields_of(documents);
  std::optional<LineItems> best;
  int most = 0;
  for (LineItems& place : places.take()) {
    const int points = points_of(place, documents, of_messages);
    if (points <= most) continue;
    most = points;
    best = std::move(place);
  }
  return best;
}

}  // namespace salestream::sample
