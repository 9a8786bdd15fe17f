// SPDX-License-Identifier: Apache-2.0
#include "sample/yaml_scalar.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

#include "base/logging.h"
#include "core/decimal.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMaxCommentBytes = 300;

// Words that some reader of YAML takes for something else than a text.
constexpr auto kYamlWords =
    std::to_array<std::string_view>({"true", "false", "null", "yes", "no", "on", "off", "y", "n"});

bool starts_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_plain_character(char c) { return starts_name(c) || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '/'; }

bool is_plain(std::string_view text) {
  if (text.empty() || !starts_name(text.front()) || !std::ranges::all_of(text, is_plain_character)) return false;
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return std::ranges::count(kYamlWords, lower) == 0;
}

// A character of UTF-8 beyond ASCII that YAML, an editor or a terminal may take for something else: controls, line
// ends, marks that turn the direction of text, and those that are none.
bool is_hidden(std::uint32_t code) {
  return code < 0xA0 || code == 0xAD || (code >= 0x200B && code <= 0x200F) || (code >= 0x2028 && code <= 0x202E) ||
         (code >= 0x2060 && code <= 0x206F) || (code >= 0xD800 && code <= 0xF8FF) || code == 0xFEFF ||
         (code >= 0xFFF0 && code <= 0xFFFF) || code >= 0xE0000;
}

// Of the character that begins there.
std::size_t character_bytes(unsigned char first) { return first < 0x80 ? 1 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4; }

std::uint32_t code_of(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  std::uint32_t code = character.size() == 1 ? first : first & (0xFF >> (character.size() + 1));
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3F);
  return code;
}

std::string escaped(std::string_view character) {
  const std::uint32_t code = code_of(character);
  if (code == '"' || code == '\\') return std::string("\\") + character[0];
  if (code == '$') return "$$";
  if (code < 0x20 || code == 0x7F) return fmt::format("\\x{:02x}", code);
  if (code < 0x80 || !is_hidden(code)) return std::string(character);
  return code <= 0xFFFF ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
}

bool needs_list(const core::FieldPath& path) {
  return std::ranges::any_of(path.steps, [](const std::string& step) {
    return step.empty() || step.find('.') != std::string::npos || step.find("[]") != std::string::npos;
  });
}

std::string dotted(const core::FieldPath& path) {
  std::string out;
  for (const std::string& step : path.steps) out += (out.empty() ? "" : ".") + step;
  return out;
}

// [order, "a.b"]
std::string list_of_steps(const core::FieldPath& path) {
  std::string out;
  for (const std::string& step : path.steps) out += (out.empty() ? "" : ", ") + yaml_text(step);
  return "[" + out + "]";
}

}  // namespace

std::string yaml_text(std::string_view text) {
  if (is_plain(text)) return std::string(text);
  std::string out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t bytes = std::min(character_bytes(static_cast<unsigned char>(text[at])), text.size() - at);
    out += escaped(text.substr(at, bytes));
    at += bytes;
  }
  return '"' + out + '"';
}

std::string yaml_place(const core::FieldPath& path) {
  if (needs_list(path)) return "[" + list_of_steps(path) + "]";
  const std::string text = dotted(path);
  // A number where a name belongs is taken for a mistake.
  if (core::parse_number(text).status != core::NumberStatus::kNotANumber) return "[" + list_of_steps(path) + "]";
  return yaml_text(text);
}

std::string yaml_items(const core::ItemsPath& path) {
  if (path.is_message_itself()) return ".";
  std::string text;
  if (path.levels.size() == 1 && needs_list(path.path())) {
    text = list_of_steps(path.path());
  } else {
    for (const core::FieldPath& level : path.levels) text += (text.empty() ? "" : "[].") + dotted(level);
    text = yaml_text(text);
  }
  return path.is_json_text ? "{json: " + text + "}" : text;
}

std::string comment_text(std::string_view text) { return base::printable(text, kMaxCommentBytes); }

}  // namespace salestream::sample
