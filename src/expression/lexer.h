// SPDX-License-Identifier: Apache-2.0
// The words, numbers, texts and symbols of an expression. Pure; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::expression {

struct Token {
  enum class Kind : std::uint8_t { kEnd, kWord, kNumber, kText, kSymbol, kBad };

  Kind kind = Kind::kEnd;
  std::size_t begin = 0;    // in the expression's text
  std::string_view source;  // as it stands there
  std::string value;        // of a text, what it says; of what is bad, the sentence that says why

  std::size_t end() const { return begin + source.size(); }
  // Whether it is this keyword, in small or capital letters. `word` in capitals.
  bool is_word(std::string_view word) const;
  bool is_symbol(std::string_view symbol) const { return kind == Kind::kSymbol && source == symbol; }
};

// The last one is kEnd, or else kBad: nothing behind that is looked at. They are views of `text`.
std::vector<Token> tokens_of(std::string_view text);

// ASCII letters only.
std::string upper_case(std::string_view word);

}  // namespace salestream::expression
