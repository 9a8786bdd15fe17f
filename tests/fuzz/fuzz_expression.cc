// SPDX-License-Identifier: Apache-2.0
// Any bytes as the text of an expression and a row of values, or as choices of which a syntax tree and a row are made.
// What must hold: nothing crashes or takes long; an error has a place in the text and shows nothing that a terminal
// obeys; the canonical text of a tree is read as that tree again; and the evaluator of `run` and that of the audit,
// which share no code, find the same value or fault.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "audit/test_condition.h"
#include "base/utf8.h"
#include "expression/parser.h"
#include "expression/test_cases.h"
#include "expression/test_trees.h"

namespace {

using namespace salestream;
using expression::Type;

[[noreturn]] void broken(const char* what, const std::string& detail) {
  std::fprintf(stderr, "broken: %s\n%s\n", what, detail.c_str());
  std::abort();
}

// What is chosen when there are no bytes any more is the first.
class Bytes {
 public:
  explicit Bytes(std::string_view bytes) : bytes_(bytes) {}

  std::uint32_t choose(std::uint32_t count) {
    std::uint32_t number = 0;
    for (std::uint32_t reach = 1; reach < count && reach != 0; reach <<= 8) number = number << 8 | next();
    return number % count;
  }

 private:
  std::uint8_t next() {
    if (bytes_.empty()) return 0;
    const char first = bytes_.front();
    bytes_.remove_prefix(1);
    return static_cast<std::uint8_t>(first);
  }

  std::string_view bytes_;
};

void must_be_shown_safely(const std::string& text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = base::utf8_sequence_length(text, at);
    if (length == 0 || base::is_control(base::code_point(text.substr(at, length)))) broken("unsafe to show", text);
    at += length;
  }
}

void check_error(std::string_view text, const expression::ParseError& error) {
  if (error.message.empty() || error.line < 1 || error.column < 1) broken("an error without a place", error.message);
  if (error.column > text.size() + 1) broken("a place behind the text", error.message);
  const std::size_t line_end = error.excerpt.find('\n');
  if (line_end == std::string::npos || !error.excerpt.ends_with('^')) broken("no excerpt", error.excerpt);
  must_be_shown_safely(error.message);
  must_be_shown_safely(error.excerpt.substr(0, line_end));
  must_be_shown_safely(error.excerpt.substr(line_end + 1));
}

void check_tree(const expression::Tree& tree, Type type, Bytes& bytes) {
  const std::string text = to_text(tree);
  if (text.size() <= expression::kMaxTextBytes) {
    const expression::Parsed again = parse(text, expression::test_fields(), type);
    if (!again.ok()) broken("canonical text is not read", text + "\n" + again.error->message);
    if (again.tree != tree) broken("canonical text is another tree", text + "\n" + to_text(again.tree));
    if (to_text(again.tree) != text) broken("canonical text has two spellings", text);
  }
  const auto choose = [&](std::uint32_t count) { return bytes.choose(count); };
  const std::vector<core::Value> row = expression::chosen_row(expression::test_fields(), choose);
  const std::string counted = audit::counted_text(tree, row), audited = audit::audited_text(tree, row);
  if (counted != audited) broken("another value", text + "\nrun:   " + counted + "\naudit: " + audited);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view rest(reinterpret_cast<const char*>(data) + 1, size - 1);
  const auto type = static_cast<Type>(data[0] % 4);
  const bool is_text = data[0] < 128;
  if (!is_text) {
    Bytes bytes(rest);
    expression::TreeMaker maker(expression::test_fields(), [&](std::uint32_t count) { return bytes.choose(count); });
    check_tree(maker.make(type), type, bytes);
    return 0;
  }
  const std::string_view text = rest.substr(0, rest.find('\0'));
  const expression::Parsed parsed = parse(text, expression::test_fields(), type);
  Bytes bytes(rest.substr(text.size()));
  if (parsed.ok())
    check_tree(parsed.tree, type, bytes);
  else
    check_error(text, *parsed.error);
  return 0;
}
