// SPDX-License-Identifier: Apache-2.0
#include "spark/sql_text.h"

#include <fmt/format.h>

namespace salestream::spark {

std::string literal(std::string_view text) {
  std::string out = "'";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '\\' || c == '\'')
      out += {'\\', c};
    else if (byte < 0x20 || c == '$' || c == ';' || byte == 0x7f)
      out += fmt::format("\\u{:04x}", byte);
    else
      out += c;
  }
  return out + "'";
}

std::string identifier(std::string_view name) {
  std::string out = "`";
  for (const char c : name) {
    if (c == '`') out += c;
    out += c;
  }
  return out + "`";
}

}  // namespace salestream::spark
