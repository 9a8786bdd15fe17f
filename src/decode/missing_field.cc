// SPDX-License-Identifier: Apache-2.0
#include "decode/missing_field.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/logging.h"
#include "base/nearest_word.h"
#include "core/json_text.h"

namespace salestream::decode {
namespace {

using core::Members;

constexpr std::size_t kMostNames = 8;                // that are shown
constexpr std::size_t kMostNamesRead = 200;          // of one object
constexpr std::size_t kMostNameBytes = 40;           // of one that is shown
constexpr std::size_t kMostObjectBytes = 256 << 10;  // of a message that is looked through
constexpr int kMostDeep = 4;                         // where a field is looked for elsewhere

std::string shown_name(std::string_view name) { return base::printable(name, kMostNameBytes); }

// Each once, in their order.
std::vector<std::string_view> names_of(std::string_view object) {
  std::vector<std::string_view> names;
  Members members(object);
  while (names.size() < kMostNamesRead && members.next())
    if (std::find(names.begin(), names.end(), members.name()) == names.end()) names.push_back(members.name());
  return names;
}

// Letters and digits, in lower case: "unitPrice" and "unit_price" are one.
std::string plain(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z')
      out += static_cast<char>(c - 'A' + 'a');
    else if (c != '_' && c != '-' && c != ' ' && c != '.')
      out += c;
  }
  return out;
}

bool is_part_of(const std::string& part, const std::string& whole) {
  return part.size() >= 3 && (whole.starts_with(part) || whole.ends_with(part));
}

// The name that was probably meant: written otherwise, mistyped, or with a word more or less.
std::string_view likely_name(std::string_view wanted, std::vector<std::string_view> names) {
  const std::string plain_wanted = plain(wanted);
  std::erase_if(names, [](std::string_view name) { return name.size() > kMostNameBytes; });
  for (const std::string_view name : names)
    if (plain(name) == plain_wanted) return name;
  if (const std::string_view near = base::nearest_word(wanted, names); !near.empty()) return near;
  for (const std::string_view name : names)
    if (const std::string other = plain(name); is_part_of(other, plain_wanted) || is_part_of(plain_wanted, other))
      return name;
  return {};
}

// Where below `object` a field of this name stands, such as "payload.after"; empty: nowhere that was looked at.
std::string place_below(std::string_view object, std::string_view wanted, int depth) {
  Members members(object);
  for (std::size_t read = 0; read < kMostNamesRead && members.next(); ++read) {
    if (!members.value().starts_with('{')) continue;
    const std::vector<std::string_view> names = names_of(members.value());
    std::string place = shown_name(members.name());
    if (std::find(names.begin(), names.end(), wanted) != names.end()) return place;
    if (depth == 1) continue;
    if (const std::string below = place_below(members.value(), wanted, depth - 1); !below.empty())
      return place + "." + below;
  }
  return {};
}

// A member that is a text with an object in it: an order that was serialized by itself, within an envelope.
std::string_view name_of_json_text(std::string_view object) {
  Members members(object);
  for (std::size_t read = 0; read < kMostNamesRead && members.next(); ++read)
    if (members.value().starts_with(R"("{\")") || members.value().starts_with(R"("[{\")")) return members.name();
  return {};
}

std::string list_of(const std::vector<std::string_view>& names) {
  std::string text;
  for (std::size_t i = 0; i < std::min(names.size(), kMostNames); ++i)
    text += (i == 0 ? "" : ", ") + shown_name(names[i]);
  if (names.size() > kMostNames)
    text += fmt::format(" and {}{} more", names.size() >= kMostNamesRead ? "at least " : "", names.size() - kMostNames);
  return text;
}

// To the object in which the next name of the path is missing; `path` is what is left of it.
std::string_view walk_down(std::string_view object, std::string_view& path) {
  for (;;) {
    const std::size_t point = path.find('.');
    if (point == std::string_view::npos) return object;
    Members members(object);
    bool is_there = false;
    for (std::size_t read = 0; !is_there && read < kMostNamesRead && members.next(); ++read)
      is_there = members.name() == path.substr(0, point) && members.value().starts_with('{');
    if (!is_there) return object;
    object = members.value();
    path.remove_prefix(point + 1);
  }
}

bool is_number(std::string_view name) {
  return !name.empty() && name.find_first_not_of("0123456789") == std::string_view::npos;
}

bool is_change(const std::vector<std::string_view>& names) {
  const auto has = [&](std::string_view name) { return std::find(names.begin(), names.end(), name) != names.end(); };
  return has("op") && (has("before") || has("after"));
}

// Of an object, the member of that name if it is an object; empty: there is none.
std::string_view member_of(std::string_view object, std::string_view name) {
  Members members(object);
  for (std::size_t read = 0; read < kMostNamesRead && members.next(); ++read)
    if (members.name() == name && members.value().starts_with('{')) return members.value();
  return {};
}

}  // namespace

std::string describe_missing(const std::string& shown, std::string_view path, std::string_view object) {
  std::string text = shown + " is missing";
  std::string_view rest = path;
  object = walk_down(object.substr(0, kMostObjectBytes), rest);
  const std::string_view above = path.substr(0, path.size() - rest.size());
  const std::string_view wanted = rest.substr(0, rest.find('.'));
  const std::vector<std::string_view> names = names_of(object);
  if (names.empty()) return text + "; there stands nothing";
  text += "; there stand: " + list_of(names);
  if (std::all_of(names.begin(), names.end(), is_number))
    return text +
           "; an object keyed by numbers is what PHP makes of a list with gaps: have the producer send a list "
           "(array_values)";
  if (is_change(names) || is_change(names_of(member_of(object, "payload"))))
    return text + "; this is a change of a row, as Debezium writes it: say `changes: debezium` in the pipeline file";
  if (const std::string_view likely = likely_name(wanted, names); !likely.empty())
    return text + fmt::format("; did you mean '{}{}'?", above, shown_name(likely));
  if (const std::string place = place_below(object, wanted, kMostDeep); !place.empty())
    return text + fmt::format("; {0} has it: `{1}{0}.{2}` in the pipeline file", place, above, rest);
  if (const std::string_view name = name_of_json_text(object); !name.empty())
    return text + fmt::format(
                      "; {} is a text with JSON in it, which was serialized by itself: have the producer write "
                      "it as an object",
                      shown_name(name));
  return text;
}

}  // namespace salestream::decode
