// SPDX-License-Identifier: Apache-2.0
#include "core/shape_hint.h"

#include <algorithm>
#include <optional>

#include "core/json_text.h"

namespace salestream::core {
namespace {

std::string with_command(const std::string& looks_like, std::string_view command, std::string_view reads) {
  return "It looks like " + looks_like + ": `" + std::string(command) + " | salestream run PIPELINE --input -` " +
         std::string(reads);
}

// The first lines that are not blank; nothing: not ended yet, or not there.
struct FirstLines {
  std::optional<std::string_view> first, second;
};

FirstLines first_lines(std::string_view text, bool is_all) {
  FirstLines lines;
  while (!text.empty() && !lines.second) {
    const std::size_t end = text.find('\n');
    if (end == std::string_view::npos && !is_all) break;
    const std::string_view line = without_space_around(text.substr(0, end));
    if (!line.empty()) (lines.first ? lines.second : lines.first) = line;
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

bool is_whole_object(std::string_view line) {
  if (!line.starts_with('{')) return false;
  const ValueEnd end = end_of_value(line);
  return !end.unfinished && end.size == line.size();
}

// What separates the fields of both lines, in equal number; '\0': they are no rows.
char separator_of(std::string_view first, std::string_view second) {
  for (const std::string_view line : {first, second})
    if (line.find_first_of("{}") != std::string_view::npos || line.starts_with('[')) return '\0';
  for (const char separator : {',', ';', '\t', '|'})
    if (const std::size_t count = count_outside_quotes(first, separator);
        count > 0 && count == count_outside_quotes(second, separator))
      return separator;
  return '\0';
}

// A printer of JSON that spreads a document over lines breaks behind a bracket or a comma, and goes on with what may
// stand there.
bool goes_on_behind(std::string_view first, std::string_view second) {
  if (first == "[") return true;
  if (is_whole_object(second)) return false;
  const char last = first.back(), next = second.front();
  if (last == '{') return next == '"' || next == '}';
  return last == '[' || last == ',' || next == ',' || next == ']' || next == '}';
}

bool is_markup(std::string_view line) {
  return line.starts_with("<?xml") || line.starts_with("<!DOCTYPE") || line.starts_with("<!doctype") ||
         line.starts_with("<html");
}

Shape shape_of_brackets(const FirstLines& lines, bool is_all) {
  const ValueEnd end = end_of_value(*lines.first);
  if (end.unfinished != Unfinished::kBetweenTokens) return Shape::kJsonLines;
  if (!lines.second) return is_all ? Shape::kJsonLines : Shape::kNotKnownYet;
  return goes_on_behind(*lines.first, *lines.second) ? Shape::kOther : Shape::kJsonLines;
}

std::string table_hint(char separator) {
  const std::string shown = separator == '\t' ? "tabs" : "'" + std::string(1, separator) + "'";
  const std::string option = separator == '\t'  ? "--itsv"
                             : separator == ',' ? "--icsv"
                                                : "--icsv --ifs '" + std::string(1, separator) + "'";
  return with_command("CSV, its fields separated by " + shown, "mlr " + option + " --ojsonl cat FILE",
                      "reads an object from each row");
}

}  // namespace

std::string shape_hint(std::string_view beginning) {
  beginning = beginning.substr(0, kForeignBytes);
  if (const ForeignFormat* format = foreign_format(beginning)) {
    const std::string what = (format->what.starts_with("packed") ? "a file " : "") + std::string(format->what);
    if (!format->for_files.empty()) return with_command(what, format->for_files, "reads it");
    return "It looks like " + what + ", which has to be made JSON lines first";
  }
  const std::string_view text = without_space_before(beginning);
  if (text.empty()) return {};
  if (is_markup(text)) return "It looks like XML or HTML, of which JSON lines have to be made first";
  // Of one line of an array that goes over many, only the bracket is known.
  if (text.front() == '[')
    return with_command("one JSON array of orders", "jq -c '.[]' FILE", "reads an order from each of its elements");
  if (text.front() == '{' && beginning.size() < kForeignBytes && end_of_value(text).unfinished)
    return with_command("an order that goes over several lines", "jq -c . FILE", "makes a line of each");
  const FirstLines lines = first_lines(text, true);
  if (lines.second) {
    if (const char separator = separator_of(*lines.first, *lines.second); separator != '\0')
      return table_hint(separator);
    if (text.front() == '{')
      return with_command("an order that goes over several lines", "jq -c . FILE", "makes a line of each");
  }
  return {};
}

Shape shape_of(std::string_view beginning, bool is_all) {
  if (!is_all && kByteOrderMark.starts_with(beginning)) return Shape::kNotKnownYet;
  beginning.remove_prefix(mark_bytes(beginning));
  is_all = is_all || beginning.size() >= kForeignBytes - kByteOrderMark.size();
  if (foreign_format(beginning) != nullptr) return Shape::kOther;
  const FirstLines lines = first_lines(beginning, is_all);
  if (!lines.first) return is_all ? Shape::kJsonLines : Shape::kNotKnownYet;
  if (is_markup(*lines.first)) return Shape::kOther;
  if (lines.first->starts_with('{') || lines.first->starts_with('[')) return shape_of_brackets(lines, is_all);
  if (lines.first->starts_with('"') && end_of_value(*lines.first).size == lines.first->size()) return Shape::kJsonLines;
  const bool may_be_row = lines.first->find_first_of(",;\t|") != std::string_view::npos;
  if (!may_be_row) return Shape::kJsonLines;
  if (!lines.second) return is_all ? Shape::kJsonLines : Shape::kNotKnownYet;
  return separator_of(*lines.first, *lines.second) != '\0' ? Shape::kOther : Shape::kJsonLines;
}

}  // namespace salestream::core
