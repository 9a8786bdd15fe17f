// SPDX-License-Identifier: Apache-2.0
#include "config/environment.h"

#include <cstdlib>

#include "base/logging.h"

namespace salestream::config {
namespace {

bool is_name_character(char c, bool first) {
  return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || (!first && c >= '0' && c <= '9');
}

}  // namespace

Environment process_environment() {
  return [](std::string_view name) -> std::optional<std::string> {
    const char* value = std::getenv(std::string(name).c_str());
    if (value == nullptr) return std::nullopt;
    return value;
  };
}

base::Result<std::string> replace_variables(std::string_view text, const Environment& environment,
                                            std::size_t limit_bytes) {
  std::string out;
  const auto append = [&](std::string_view more) -> base::Status {
    if (more.size() > limit_bytes - out.size())
      return base::usage_error("with its variables replaced, the file has too many bytes");
    out += more;
    return {};
  };
  while (!text.empty()) {
    const std::size_t dollar = text.find('$');
    SALESTREAM_TRY(append(text.substr(0, dollar)));
    if (dollar == std::string_view::npos) break;
    text.remove_prefix(dollar + 1);
    if (text.starts_with('$')) {
      SALESTREAM_TRY(append("$"));
      text.remove_prefix(1);
      continue;
    }
    // What follows may be half of a password: it is not shown.
    if (!text.starts_with('{'))
      return base::usage_error("a lone '$'; write '${NAME}' for an environment variable, or '$$' for a dollar sign");
    text.remove_prefix(1);

    std::size_t name_size = 0;
    while (name_size < text.size() && is_name_character(text[name_size], name_size == 0)) ++name_size;
    const std::string_view name = text.substr(0, name_size);
    if (name.empty()) return base::usage_error("'${' without the name of an environment variable after it");
    const std::string shown = "'${" + base::printable(name, 100) + "'";
    text.remove_prefix(name_size);

    const bool has_default = text.starts_with(":-");
    if (has_default) text.remove_prefix(2);
    const std::size_t brace = text.find('}');
    if (brace == std::string_view::npos || (!has_default && brace != 0))
      return base::usage_error(shown + " is not ended well; write '${NAME}' or '${NAME:-default}'");
    const std::string_view otherwise = text.substr(0, brace);
    if (otherwise.find("${") != std::string_view::npos)
      return base::usage_error("the default of " + shown + "…}' holds a variable; a default is plain text");
    text.remove_prefix(brace + 1);

    const auto value = environment(name);
    if (has_default) {
      SALESTREAM_TRY(append(value && !value->empty() ? std::string_view(*value) : otherwise));
    } else if (value) {
      SALESTREAM_TRY(append(*value));
    } else {
      const std::string variable = base::printable(name, 100);
      return base::usage_error("the environment variable " + variable + " is not set; set it, or give a default: '${" +
                               variable + ":-…}'");
    }
  }
  return out;
}

}  // namespace salestream::config
