// SPDX-License-Identifier: Apache-2.0
#include "expression/lexer.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"

namespace salestream::expression {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word_begin(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool is_word_part(char c) { return is_word_begin(c) || is_digit(c); }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// What other languages have, and what to write instead. Longer ones stand before what they begin with.
struct Foreign {
  std::string_view symbol, advice;
};
constexpr std::array kForeign = {
    Foreign{"--", "-- begins a comment in SQL; write - - with a space between, or leave one out"},
    Foreign{"==", "there is no ==; write ="},
    Foreign{"=>", "there is no =>; write >="},
    Foreign{"=<", "there is no =<; write <="},
    Foreign{"<=>", "there is no <=>; write = and IS NULL"},
    Foreign{"&&", "there is no &&; write AND"},
    Foreign{"||", "there is no ||; write OR, and text is not joined here"},
    Foreign{"/", "there is no division in an expression; of numbers there are + - and *"},
    Foreign{"%", "there is no % in an expression; of numbers there are + - and *"},
    Foreign{"\"", "text stands in single quotes, 'so', and the name of a field in none"},
    Foreign{"`", "the name of a field stands in no quotes"},
    Foreign{"‘", "text stands in straight quotes: 'so'"},
    Foreign{"’", "text stands in straight quotes: 'so'"},
    Foreign{"“", "text stands in straight single quotes: 'so'"},
    Foreign{"”", "text stands in straight single quotes: 'so'"},
    Foreign{"!", "there is no !; write NOT, or <> to compare"},
    Foreign{".", "a name has no point in it, and a number begins with a digit: 0.5"},
    Foreign{";", "an expression does not end with ;"},
    Foreign{"\\", "a backslash means nothing here; a quote within text is written twice: 'it''s'"},
};
constexpr std::array<std::string_view, 13> kSymbols = {"<=", ">=", "<>", "!=", "=", "<", ">",
                                                       "+",  "-",  "*",  "(",  ")", ","};

// The first of them that the text begins with; none is empty.
template <typename Entries, typename Symbol>
const typename Entries::value_type* first_of(const Entries& entries, std::string_view text, Symbol symbol) {
  const auto found =
      std::find_if(entries.begin(), entries.end(), [&](const auto& each) { return text.starts_with(symbol(each)); });
  return found == entries.end() ? nullptr : &*found;
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Token next() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
    if (at_ == text_.size()) return token(Token::Kind::kEnd, 0);
    const char c = text_[at_];
    if (is_word_begin(c)) return word();
    if (is_digit(c)) return number();
    if (c == '\'') return quoted();
    return symbol();
  }

 private:
  Token token(Token::Kind kind, std::size_t length, std::string value = {}) {
    Token token{kind, at_, text_.substr(at_, length), std::move(value)};
    at_ += length;
    return token;
  }
  Token bad(std::string why, std::size_t length = 1) { return token(Token::Kind::kBad, length, std::move(why)); }
  bool is_at(std::size_t at, bool (*is_it)(char)) const { return at < text_.size() && is_it(text_[at]); }
  std::size_t end_of(std::size_t at, bool (*is_it)(char)) const {
    while (is_at(at, is_it)) ++at;
    return at;
  }

  Token word();
  Token number();
  Token quoted();
  Token symbol();

  const std::string_view text_;
  std::size_t at_ = 0;
};

Token Lexer::word() {
  const std::size_t end = end_of(at_, is_word_part);
  if (end < text_.size() && text_[end] == '.' && is_at(end + 1, is_word_begin)) {
    const std::size_t all = end_of(end + 1, [](char c) { return is_word_part(c) || c == '.'; });
    return bad(
        "a field has a name without points; give " + std::string(text_.substr(at_, all - at_)) + " one under `fields:`",
        all - at_);
  }
  return token(Token::Kind::kWord, end - at_);
}

Token Lexer::number() {
  std::size_t end = end_of(at_, is_digit);
  if (end < text_.size() && text_[end] == '.') {
    if (!is_at(end + 1, is_digit)) return bad("a digit is missing behind the point of a number", end + 1 - at_);
    end = end_of(end + 1, is_digit);
  }
  if (!is_at(end, is_word_begin)) return token(Token::Kind::kNumber, end - at_);
  const std::size_t all = end_of(end, is_word_part);
  const std::string shown(text_.substr(at_, all - at_));
  const bool is_exponent = text_[end] == 'e' || text_[end] == 'E';
  return bad(
      is_exponent ? shown + " has an exponent; write the number in full" : shown + " is neither a number nor a name",
      all - at_);
}

Token Lexer::quoted() {
  std::string value;
  for (std::size_t i = at_ + 1; i < text_.size();) {
    const std::size_t length = base::utf8_sequence_length(text_, i);
    if (length == 0) return bad("the text has a byte that is not UTF-8", i - at_);
    if (base::is_control(base::code_point(text_.substr(i, length))))
      return bad("the text has a line end or another control character in it", i - at_);
    if (text_[i] == '\'') {
      const bool is_doubled = i + 1 < text_.size() && text_[i + 1] == '\'';
      if (!is_doubled) return token(Token::Kind::kText, i + 1 - at_, std::move(value));
      ++i;
    }
    value += text_.substr(i, length);
    i += length;
  }
  return bad("the ' that ends this text is missing", text_.size() - at_);
}

Token Lexer::symbol() {
  const std::string_view rest = text_.substr(at_);
  const bool is_unequal = rest.starts_with("!=");  // and no !
  const Foreign* const foreign =
      is_unequal ? nullptr : first_of(kForeign, rest, [](const Foreign& each) { return each.symbol; });
  if (foreign != nullptr) return bad(std::string(foreign->advice), foreign->symbol.size());
  const std::string_view* const ours = first_of(kSymbols, rest, [](std::string_view each) { return each; });
  if (ours != nullptr) return token(Token::Kind::kSymbol, ours->size());
  const std::size_t length = base::utf8_sequence_length(text_, at_);
  if (length == 0) return bad("the expression has a byte that is not UTF-8");
  const std::string_view shown = rest.substr(0, length);
  if (base::is_control(base::code_point(shown))) return bad("the expression has a control character in it", length);
  return bad(std::string(shown) + " means nothing here; there are = <> < <= > >= + - * and ( )", length);
}

}  // namespace

std::string upper_case(std::string_view word) {
  std::string upper(word);
  for (char& c : upper)
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return upper;
}

bool Token::is_word(std::string_view word) const {
  return kind == Kind::kWord && source.size() == word.size() && upper_case(source) == word;
}

std::vector<Token> tokens_of(std::string_view text) {
  Lexer lexer(text);
  std::vector<Token> tokens;
  do tokens.push_back(lexer.next());
  while (tokens.back().kind != Token::Kind::kEnd && tokens.back().kind != Token::Kind::kBad);
  return tokens;
}

}  // namespace salestream::expression
