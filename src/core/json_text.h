// SPDX-License-Identifier: Apache-2.0
// A look at JSON without reading it, to say of a rejected message what lies there: where a value ends, and the members
// of an object. Knows strings and brackets only. Text that is no JSON, or is cut off, gives something, and never more
// than is there. Pure; any thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace salestream::core {

inline constexpr std::string_view kJsonSpace = " \t\r\n";

std::string_view without_space_before(std::string_view text);
std::string_view without_space_around(std::string_view text);

// Where a document stops that goes on behind the end of `text`.
enum class Unfinished : unsigned char { kInString, kBetweenTokens };

// The value that `text` begins with, which is no white space: how many bytes it has; or how it goes on.
struct ValueEnd {
  std::size_t size = 0;
  std::optional<Unfinished> unfinished;
};
ValueEnd end_of_value(std::string_view text);

// How often the separator of a row's fields stands in `line`, outside of quotes.
std::size_t count_outside_quotes(std::string_view line, char separator);

// The members of the object that `text` begins with, one after the other.
class Members {
 public:
  explicit Members(std::string_view object) : rest_(object.substr(object.empty() ? 0 : 1)) {}

  // False: there is no more.
  bool next();
  std::string_view name() const { return name_; }    // between its quotes, as it stands there
  std::string_view value() const { return value_; }  // from its first byte to its last

 private:
  std::string_view rest_, name_, value_;
};

}  // namespace salestream::core
