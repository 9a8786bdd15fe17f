// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>
#include <optional>
#include <string>
#include <utility>

#include "base/logging.h"
#include "calendar/date.h"
#include "calendar/order_time.h"
#include "config/sections.h"
#include "core/decimal.h"
#include "expression/order_fields.h"
#include "expression/parser.h"
#include "expression/syntax.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxSteps = 16;
constexpr std::size_t kMaxPaths = 8;
constexpr std::size_t kMaxFields = 32;
constexpr std::size_t kMaxFieldNameBytes = 48;
constexpr std::string_view kPathExpected = "the name of a field, or a dotted path such as order.lines,";
constexpr std::string_view kSection = "fields.<name>";  // of every map that says what a value is

base::Status check_steps(const YamlValue& value, const core::FieldPath& path) {
  if (path.steps.size() <= kMaxSteps) return {};
  return value.error("has " + std::to_string(path.steps.size()) + " steps; " + std::to_string(kMaxSteps) +
                     " are the most");
}

// `a.b` is b in a.
base::Result<core::FieldPath> read_dotted(const YamlValue& value, std::string_view text) {
  core::FieldPath path;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find('.', begin), text.size());
    if (end == begin)
      return value.error("is " + value.shown() +
                         ", which has an empty step; a name that holds a dot is written in a list: "
                         "[\"order.lines\"]");
    path.steps.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  SALESTREAM_TRY(check_steps(value, path));
  return path;
}

// Names one by one, dots and all.
base::Result<core::FieldPath> read_steps(const YamlValue& list) {
  core::FieldPath path;
  SALESTREAM_ASSIGN(const auto steps, list.list());
  for (const YamlValue& step : steps) {
    SALESTREAM_ASSIGN(std::string name, step.text("the name of a field"));
    path.steps.push_back(std::move(name));
  }
  SALESTREAM_TRY(check_steps(list, path));
  return path;
}

bool is_number(std::string_view text) { return core::parse_number(text).status != core::NumberStatus::kNotANumber; }

base::Result<core::FieldPath> read_one_path(const YamlValue& value) {
  if (value.is_list()) return read_steps(value);
  SALESTREAM_ASSIGN(const std::string text, value.text(kPathExpected));
  if (text == ".")
    return value.error(
        "is '.', which is the line item itself, or the message; only order.product and order.items can be that");
  if (is_number(text))
    return value.error("is " + value.shown() +
                       ", a number where the name of a field belongs; what is the same in every message is the default "
                       "of a field that none has: {field: none, default: 1}");
  return read_dotted(value, text);
}

// One place, or a list of several. A list of one name is that name, with its dots.
base::Result<std::vector<core::FieldPath>> read_paths(const YamlValue& value) {
  std::vector<core::FieldPath> paths;
  if (!value.is_list()) {
    SALESTREAM_ASSIGN(core::FieldPath path, read_one_path(value));
    paths.push_back(std::move(path));
    return paths;
  }
  SALESTREAM_ASSIGN(const auto places, value.list());
  if (places.size() > kMaxPaths)
    return value.error("has " + std::to_string(places.size()) + " places; " + std::to_string(kMaxPaths) +
                       " are the most");
  for (const YamlValue& place : places) {
    const bool is_one_name = places.size() == 1 && place.is_scalar();
    auto path = is_one_name ? read_steps(value) : read_one_path(place);
    if (!path.ok()) return path.error();
    if (std::ranges::count(paths, *path) > 0) return place.error("has " + place.shown() + " twice");
    paths.push_back(*std::move(path));
  }
  return paths;
}

// {kafka: key}
base::Status read_kafka(const YamlValue& value, core::Field& field) {
  constexpr std::string_view kHeaderPrefix = "header.";
  SALESTREAM_ASSIGN(const std::string text, value.text("key, timestamp or header.NAME"));
  if (text == "key") {
    field.scope = core::FieldScope::kMessageKey;
  } else if (text == "timestamp") {
    field.scope = core::FieldScope::kMessageTime;
  } else if (text.starts_with(kHeaderPrefix) && text.size() > kHeaderPrefix.size()) {
    field.scope = core::FieldScope::kHeader;
    field.paths = {core::FieldPath{{text.substr(kHeaderPrefix.size())}}};  // dots and all
  } else {
    return value.error("is " + value.shown() + "; key, timestamp or header.NAME belongs here");
  }
  return {};
}

// Of `field`, `order`, `item` and `kafka` exactly one.
base::Status read_place(const YamlMap& map, core::Field& field) {
  std::optional<YamlValue> place;
  for (const auto& [key, scope] : {std::pair("field", core::FieldScope::kUsual),
                                   {"order", core::FieldScope::kOrder},
                                   {"item", core::FieldScope::kItem},
                                   {"kafka", core::FieldScope::kUsual}}) {
    const auto value = map.find(key);
    if (!value) continue;
    if (place) return value->error("stands beside " + place->keys() + "; one place is enough");
    place = value;
    field.scope = scope;
    if (std::string_view(key) == "kafka") {
      SALESTREAM_TRY(read_kafka(*value, field));
    } else {
      SALESTREAM_ASSIGN(field.paths, read_paths(*value));
    }
  }
  if (!place) return map.error("a value needs its place: field, order, item or kafka is missing");
  return {};
}

base::Status read_scale(const YamlValue& value, core::Field& field) {
  if (value.is_map()) {
    SALESTREAM_ASSIGN(const YamlMap map, value.map("fields.<name>.scale"));
    SALESTREAM_ASSIGN(const YamlValue by_currency, map.require("by_currency"));
    SALESTREAM_ASSIGN(field.is_scaled_by_currency, by_currency.boolean());
    return {};
  }
  SALESTREAM_ASSIGN(const std::uint64_t digits, value.integer(0, core::Decimal::kFractionDigits));
  field.scale_digits = static_cast<int>(digits);
  return {};
}

base::Status read_encoding(const YamlValue& value, core::FieldType type, core::Field& field) {
  SALESTREAM_ASSIGN(const std::string text, value.text("base64"));
  if (text != "base64") return value.error("is " + value.shown() + "; base64 belongs here");
  if (type != core::FieldType::kDecimal)
    return value.error("belongs to a decimal, and this is " + std::string(core::name_of(type)));
  field.is_base64 = true;
  return {};
}

// Whether `text` can be a value of the type, as if it stood in a message.
bool can_be(core::FieldType type, const std::string& text, core::TimeUnit unit) {
  const core::ParsedNumber number = core::parse_number(text);
  const bool is_good_number = number.status == core::NumberStatus::kOk;
  switch (type) {
    case core::FieldType::kText: return !text.empty() && text.size() <= core::kMaxKeyBytes;
    case core::FieldType::kInteger: return is_good_number && number.value.scaled() % core::Decimal::kScale == 0;
    case core::FieldType::kDecimal: return is_good_number;
    case core::FieldType::kBoolean: return text == "true" || text == "false";
    case core::FieldType::kDate: return calendar::days_of(text).has_value();
    case core::FieldType::kTime:
      return unit == core::TimeUnit::kBySize ? calendar::time_of_text(text) || calendar::time_of_number(text)
                                             : is_good_number;
  }
  return false;
}

base::Status read_default(const YamlValue& value, core::FieldType type, core::Field& field) {
  if (value.is_null()) {
    field.may_be_null = true;
    return {};
  }
  SALESTREAM_ASSIGN(std::string text, value.text("a value, or null"));
  if (!can_be(type, text, field.unit))
    return value.error("is " + value.shown() + ", which is no " + core::name_of(type));
  field.fallback = std::move(text);
  return {};
}

}  // namespace

base::Result<core::Field> read_field(const YamlValue& value, core::FieldType usual_type, bool is_named) {
  core::Field field;
  if (!value.is_map()) {
    SALESTREAM_ASSIGN(field.paths, read_paths(value));
    return field;
  }
  SALESTREAM_ASSIGN(const YamlMap map, value.map(kSection));
  SALESTREAM_TRY(read_place(map, field));
  core::FieldType type = field.scope == core::FieldScope::kMessageTime ? core::FieldType::kTime : usual_type;
  if (const auto written = map.find("type")) {
    if (!is_named) return written->error("cannot stand here: what this value is, is known");
    SALESTREAM_ASSIGN(const std::string text, written->text("text, integer, decimal, boolean, date or time"));
    const auto found = core::field_type_of(text);
    if (!found)
      return written->error("is " + written->shown() + "; text, integer, decimal, boolean, date or time belongs here");
    type = *found;
  }
  if (is_named) field.type = type;
  if (const auto unit = map.find("unit")) {
    if (type != core::FieldType::kTime && type != core::FieldType::kDate)
      return unit->error("belongs to a time or a date, and this is " + std::string(core::name_of(type)));
    SALESTREAM_ASSIGN(const std::string text, unit->text("s, ms, us, ns or days"));
    const auto found = core::time_unit_of(text);
    if (!found || (type == core::FieldType::kDate && *found != core::TimeUnit::kDays))
      return unit->error(
          "is " + unit->shown() +
          (type == core::FieldType::kDate ? "; days belongs here" : "; s, ms, us, ns or days belongs here"));
    field.unit = *found;
  }
  if (const auto scale = map.find("scale")) {
    if (type != core::FieldType::kDecimal)
      return scale->error("belongs to a decimal, and this is " + std::string(core::name_of(type)));
    SALESTREAM_TRY(read_scale(*scale, field));
  }
  if (const auto encoding = map.find("encoding")) SALESTREAM_TRY(read_encoding(*encoding, type, field));
  if (const auto fallback = map.find("default")) SALESTREAM_TRY(read_default(*fallback, type, field));
  if (field.scope == core::FieldScope::kMessageTime && type != core::FieldType::kTime)
    return value.error("is Kafka's timestamp, which is a time; leave `type` out");
  return field;
}

base::Result<std::vector<core::Field>> read_fields(const YamlValue& fields) {
  SALESTREAM_ASSIGN(const YamlMap map, fields.map("fields"));
  std::vector<core::Field> out;
  for (const YamlMember& member : map.members()) {
    const std::string shown = "'" + base::printable(member.key, 60) + "'";
    if (out.size() == kMaxFields)
      return map.error_at_key(member, "fields has more than " + std::to_string(kMaxFields) + " names");
    if (member.key.size() > kMaxFieldNameBytes || !is_plain_name(member.key))
      return map.error_at_key(member, shown +
                                          " cannot be the name of a field; letters without accents, digits and "
                                          "'_', not beginning with a digit, at most " +
                                          std::to_string(kMaxFieldNameBytes));
    if (is_known_field_name(member.key))
      return map.error_at_key(member, shown + " cannot be the name of a field: it has a meaning of its own");
    if (expression::is_keyword(member.key))
      return map.error_at_key(member, shown + " cannot be the name of a field: it is a word of conditions");
    SALESTREAM_ASSIGN(core::Field field, read_field(member.value, core::FieldType::kText, true));
    field.name = member.key;
    out.push_back(std::move(field));
  }
  return out;
}

base::Result<core::ItemsPath> read_items(const YamlValue& value) {
  core::ItemsPath items;
  if (value.is_map()) {
    SALESTREAM_ASSIGN(const YamlMap map, value.map("order.items"));
    SALESTREAM_ASSIGN(const YamlValue json, map.require("json"));
    SALESTREAM_ASSIGN(items, read_items(json));
    if (items.is_message_itself()) return json.error("is '.', and the message is JSON already");
    items.is_json_text = true;
    return items;
  }
  if (value.is_list()) {  // line items stand at one place: these are the names on the way to it
    SALESTREAM_ASSIGN(core::FieldPath path, read_steps(value));
    return core::ItemsPath(std::move(path));
  }
  SALESTREAM_ASSIGN(const std::string text, value.text(kPathExpected));
  if (text == ".") return items;
  for (std::size_t begin = 0;;) {
    const std::size_t end = text.find("[].", begin);
    SALESTREAM_ASSIGN(core::FieldPath path, read_dotted(value, std::string_view(text).substr(begin, end - begin)));
    items.levels.push_back(std::move(path));
    if (end == std::string::npos) return items;
    begin = end + 3;
  }
}

namespace {

// What an expression is to be, in words and with an example.
struct Wanted {
  expression::Type type;
  std::string name, example;
};

base::Result<std::string> read_expression(const YamlValue& value, const core::Definition& definition,
                                          const std::vector<core::FieldIndex>& fields, const Wanted& wanted) {
  SALESTREAM_ASSIGN(const std::string text, value.text(wanted.name + " such as " + wanted.example));
  const expression::Parsed parsed = expression::parse(text, expression::types_of(definition, fields), wanted.type);
  if (parsed.ok()) return expression::to_text(parsed.tree);
  const expression::ParseError& error = *parsed.error;
  const std::string none = "is no " + wanted.name.substr(wanted.name.find(' ') + 1);
  if (value.takes_variables()) return value.error(none + " with what the environment has for its variables");
  return value.error(none + ", at its column " + std::to_string(error.column) +
                     (error.line > 1 ? " of its line " + std::to_string(error.line) : std::string()) + ": " +
                     error.message + "\n" + error.excerpt);
}

}  // namespace

base::Result<std::string> read_condition(const YamlValue& value, const core::Definition& definition,
                                         const std::vector<core::FieldIndex>& fields) {
  return read_expression(value, definition, fields, {expression::Type::kBoolean, "a condition", "status = 'paid'"});
}

base::Result<std::string> read_sign(const YamlValue& value, const core::Definition& definition) {
  const std::vector<core::FieldIndex> fields = core::fields_of_items_where(definition);
  auto sign = read_expression(value, definition, fields,
                              {expression::Type::kNumber, "a number", "CASE WHEN type = 'return' THEN -1 ELSE 1 END"});
  if (!sign.ok()) return sign;
  if (expression::fields_of(expression::tree_of(definition, *sign, fields, expression::Type::kNumber)).empty())
    return value.error("is the same for every line item; it has to name a field");
  return sign;
}

}  // namespace salestream::config
