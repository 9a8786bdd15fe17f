// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/indented_json.h"

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

constexpr int kMaxIndentedLevels = 32;

}  // namespace

std::string indented_json(std::string_view bytes) {
  const std::string text = for_terminal(bytes);
  std::string out, open;
  const auto new_line = [&] { out += '\n' + std::string(2 * open.size(), ' '); };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"') {
      const std::size_t begin = i++;
      while (i < text.size() && text[i] != '"') i += text[i] == '\\' ? 2 : 1;
      if (i >= text.size()) return text;
      out.append(text, begin, i + 1 - begin);
    } else if (c == '{' || c == '[') {
      const std::size_t next = text.find_first_not_of(' ', i + 1);
      const char closing = c == '{' ? '}' : ']';
      out += c;
      if (next != std::string::npos && text[next] == closing) {
        out += closing;
        i = next;
        continue;
      }
      open += closing;
      if (open.size() > kMaxIndentedLevels) return text;
      new_line();
    } else if (c == '}' || c == ']') {
      if (open.empty() || open.back() != c) return text;
      open.pop_back();
      new_line();
      out += c;
    } else if (c == ',') {
      out += c;
      new_line();
    } else if (c == ':') {
      out += ": ";
    } else if (c != ' ') {
      out += c;
    }
  }
  return open.empty() ? out : text;
}

}  // namespace salestream::cli
