// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_reader.h"

#include <charconv>
#include <cmath>

#include "base/logging.h"
#include "config/environment.h"
#include "config/known_keys.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxShownScalarBytes = 60;

std::string in_section(std::string_view keys) {
  return keys.empty() ? "at the top level" : "in " + base::printable(keys, 200);
}

// The whole text as a number; nothing for anything else.
template <typename Number>
std::optional<Number> number_of(std::string_view text) {
  Number number{};
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (failed != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::string plain(double number) {
  char buffer[64];
  const auto [end, failed] = std::to_chars(buffer, buffer + sizeof buffer, number);
  return failed == std::errc() ? std::string(buffer, end) : "?";
}

std::string size_text(std::int64_t bytes) {
  for (const auto& [unit, shift] : {std::pair("GiB", 30), {"MiB", 20}, {"KiB", 10}})
    if (bytes >= (std::int64_t{1} << shift) && bytes % (std::int64_t{1} << shift) == 0)
      return std::to_string(bytes >> shift) + unit;
  return std::to_string(bytes);
}

}  // namespace

base::Result<YamlMap> YamlFile::top() {
  const YamlValue value(*this, tree_.root, "");
  if (value.is_null())
    return error_at(tree_.file, {}, "the file has nothing in it; a pipeline file begins with 'pipeline: NAME'");
  if (!value.is_map())
    return error_at(tree_.file, tree_.nodes[tree_.root].place,
                    "a pipeline file is a map of keys such as 'pipeline: NAME', and this is " + value.shown());
  return value.map(kTopLevel);
}

std::string YamlValue::shown() const {
  switch (node().kind) {
    case YamlNode::Kind::kNull: return "nothing";
    case YamlNode::Kind::kScalar: return "'" + base::printable(node().scalar, kMaxShownScalarBytes) + "'";
    case YamlNode::Kind::kList: return "a list";
    case YamlNode::Kind::kMap: return "a map";
  }
  return "?";
}

base::Error YamlValue::error(std::string_view what) const {
  return error_at(file_->tree_.file, node().place, base::printable(keys_, 200) + " " + std::string(what));
}

base::Result<YamlMap> YamlValue::map(std::string_view section) const {
  if (!is_map()) return error("is " + shown() + "; a map of keys belongs here");
  YamlMap map(*file_, index_, keys_, section);
  if (takes_any_name(section)) return map;
  std::string unknown;  // all of them, a line each: mending a file takes fewer tries
  for (const YamlEntry& entry : node().entries) {
    if (find_known_key(section, entry.key) != nullptr) continue;
    constexpr std::size_t kMostShownBytes = 2000;
    if (unknown.size() > kMostShownBytes) break;
    unknown +=
        (unknown.empty() ? "" : "\n") + error_at(file_->tree_.file, entry.place,
                                                 "unknown key '" + base::printable(entry.key, kMaxShownScalarBytes) +
                                                     "' " + in_section(keys_) + "; " + suggestion(section, entry.key))
                                            .message;
  }
  if (!unknown.empty()) return base::usage_error(std::move(unknown));
  return map;
}

std::optional<YamlValue> YamlValue::member(std::string_view key) const {
  return YamlMap(*file_, index_, keys_, "").find(key);
}

base::Result<std::vector<YamlValue>> YamlValue::list() const {
  if (!is_list()) return error("is " + shown() + "; a list such as [a, b] belongs here");
  if (node().items.empty()) return error("is an empty list");
  std::vector<YamlValue> values;
  values.reserve(node().items.size());
  for (const YamlIndex item : node().items) values.emplace_back(*file_, item, keys_);
  return values;
}

base::Result<std::string> YamlValue::text_or_empty(std::string_view expected) const {
  if (is_null()) return error("has no value; " + std::string(expected) + " belongs here");
  if (!is_scalar()) return error("is " + shown() + "; " + std::string(expected) + " belongs here");
  auto text =
      replace_variables(node().scalar, file_->environment_, YamlFile::kMaxReplacedBytes - file_->replaced_bytes_);
  if (!text.ok()) return error("cannot be read: " + text.error().message);
  file_->replaced_bytes_ += text->size();
  return text;
}

base::Result<std::string> YamlValue::text(std::string_view expected) const {
  SALESTREAM_ASSIGN(std::string text, text_or_empty(expected));
  if (text.empty()) return error("is empty; " + std::string(expected) + " belongs here");
  return text;
}

base::Result<bool> YamlValue::boolean() const {
  SALESTREAM_ASSIGN(const std::string text, this->text("true or false"));
  if (text == "true") return true;
  if (text == "false") return false;
  return error("is " + shown() + "; true or false belongs here");
}

base::Result<std::uint64_t> YamlValue::integer(std::uint64_t least, std::uint64_t most) const {
  const std::string expected = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
  SALESTREAM_ASSIGN(const std::string text, this->text(expected));
  const auto number = number_of<std::uint64_t>(text);
  if (!number || *number < least || *number > most) return error("is " + shown() + "; " + expected + " belongs here");
  return *number;
}

base::Result<double> YamlValue::number(double least, double most) const {
  const std::string expected = "a number from " + plain(least) + " to " + plain(most);
  SALESTREAM_ASSIGN(const std::string text, this->text(expected));
  const auto number = number_of<double>(text);
  if (!number || !std::isfinite(*number) || *number < least || *number > most)
    return error("is " + shown() + "; " + expected + " belongs here");
  return *number;
}

base::Result<std::int64_t> YamlValue::size_bytes(std::int64_t least, std::int64_t most) const {
  const std::string expected = "a size from " + size_text(least) + " to " + size_text(most) +
                               " in KiB, MiB, GiB or plain bytes, such as 32MiB or 33554432,";
  SALESTREAM_ASSIGN(const std::string text, this->text(expected));
  std::string_view digits = text;
  int shift = 0;
  for (const auto& [unit, unit_shift] : {std::pair("KiB", 10), {"MiB", 20}, {"GiB", 30}}) {
    if (!digits.ends_with(unit)) continue;
    digits.remove_suffix(3);
    shift = unit_shift;
    break;
  }
  const auto number = number_of<std::int64_t>(digits);
  // Compared before the shift: a size beyond the range must not wrap into it.
  if (!number || *number < 0 || *number > (most >> shift) || (*number << shift) < least)
    return error("is " + shown() + "; " + expected + " belongs here");
  return *number << shift;
}

YamlMember YamlMap::member(const YamlEntry& entry) const {
  return {entry.key, entry.place, YamlValue(*file_, entry.value, keys_.empty() ? entry.key : keys_ + "." + entry.key)};
}

std::optional<YamlValue> YamlMap::find(std::string_view key) const {
  for (const YamlEntry& entry : node().entries)
    if (entry.key == key) return member(entry).value;
  return std::nullopt;
}

base::Result<YamlValue> YamlMap::require(std::string_view key) const {
  if (auto value = find(key)) return *std::move(value);
  const KnownKey* known = find_known_key(section_, key);
  SALESTREAM_CHECK(known != nullptr);
  return error((keys_.empty() ? "" : base::printable(keys_, 200) + ".") + std::string(key) +
               " is missing: " + std::string(known->meaning));
}

std::vector<YamlMember> YamlMap::members() const {
  std::vector<YamlMember> members;
  members.reserve(node().entries.size());
  for (const YamlEntry& entry : node().entries) members.push_back(member(entry));
  return members;
}

base::Error YamlMap::error(std::string_view what) const { return error_at(file_->tree_.file, node().place, what); }

base::Error YamlMap::error_at_key(const YamlMember& member, std::string_view what) const {
  return error_at(file_->tree_.file, member.place, what);
}

std::string YamlMap::place_of(const YamlMember& member) const { return place_text(file_->tree_.file, member.place); }

base::Result<YamlMember> YamlMap::only_member() const {
  std::string choice;
  for (const KnownKey& key : known_keys())
    if (key.section == section_) choice += (choice.empty() ? "" : ", ") + std::string(key.name);
  const auto& entries = node().entries;
  if (entries.empty()) return error(base::printable(keys_, 200) + " has nothing in it; it takes one of: " + choice);
  if (entries.size() > 1)
    return error_at_key(member(entries[1]), base::printable(keys_, 200) + " has both '" + entries[0].key + "' and '" +
                                                entries[1].key + "'; it takes one of: " + choice);
  return member(entries[0]);
}

}  // namespace salestream::config
