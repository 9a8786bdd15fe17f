// SPDX-License-Identifier: Apache-2.0
#include "sample/names.h"

#include <algorithm>
#include <span>

#include "sample/vocabulary.h"

namespace salestream::sample {
namespace {

// Of letters with accents that Portuguese and Spanish have, all of which begin with the byte C3.
char without_accent(unsigned char second) {
  const unsigned char lower = second >= 0xA0 ? second : static_cast<unsigned char>(second + 0x20);
  if (lower >= 0xA0 && lower <= 0xA5) return 'a';
  if (lower == 0xA7) return 'c';
  if (lower >= 0xA8 && lower <= 0xAB) return 'e';
  if (lower >= 0xAC && lower <= 0xAF) return 'i';
  if (lower == 0xB1) return 'n';
  if (lower >= 0xB2 && lower <= 0xB6) return 'o';
  if (lower >= 0xB9 && lower <= 0xBC) return 'u';
  return '\0';
}

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }

std::string joined(const std::vector<std::string>& words, std::size_t begin, std::size_t end) {
  std::string out;
  for (std::size_t i = begin; i < end; ++i) out += words[i];
  return out;
}

bool has_any(const std::vector<std::string>& words, std::string_view of) {
  return std::ranges::any_of(words, [&](const std::string& word) { return place_in(of, word).has_value(); });
}

// What MongoDB wraps a value in: {"$numberDecimal": "12.50"}.
bool is_wrapping(const std::string& step) { return step.starts_with('$'); }

constexpr int kBehindOthers = 30, kBeforeOthers = 45, kInObject = 8;

// Of a name alone.
std::optional<int> distance_of(const std::vector<std::string>& words, const Vocabulary& vocabulary) {
  if (const auto place = place_in(vocabulary.names, joined(words, 0, words.size()))) return *place;
  if (has_any(words, vocabulary.forbidden) || !vocabulary.takes_parts) return std::nullopt;
  for (std::size_t begin = 1; begin < words.size(); ++begin)
    if (const auto place = place_in(vocabulary.names, joined(words, begin, words.size())))
      return kBehindOthers + *place;
  for (std::size_t end = words.size(); end-- > 1;)
    if (const auto place = place_in(vocabulary.names, joined(words, 0, end))) return kBeforeOthers + *place;
  return std::nullopt;
}

}  // namespace

std::vector<std::string> words_of(std::string_view name) {
  std::vector<std::string> words;
  std::string word;
  const auto end_word = [&] {
    if (!word.empty()) words.push_back(std::move(word));
    word.clear();
  };
  char before = '\0';
  for (std::size_t i = 0; i < name.size(); ++i) {
    const char c = name[i];
    if (static_cast<unsigned char>(c) == 0xC3 && i + 1 < name.size()) {
      if (const char plain = without_accent(static_cast<unsigned char>(name[++i])); plain != '\0') word += plain;
    } else if (is_upper(c)) {
      if (is_lower(before)) end_word();
      word += static_cast<char>(c - 'A' + 'a');
    } else if (is_lower(c)) {
      word += c;
    } else {
      end_word();
    }
    before = c;
  }
  end_word();
  return words;
}

std::string squashed(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  return joined(words, 0, words.size());
}

std::optional<int> distance(Role role, const core::FieldPath& path, std::size_t shared_steps) {
  std::span<const std::string> steps(path.steps);
  while (steps.size() > 1 && is_wrapping(steps.back())) steps = steps.first(steps.size() - 1);
  if (steps.empty()) return std::nullopt;
  const Vocabulary of_role = vocabulary(role);
  std::optional<int> best = distance_of(words_of(steps.back()), of_role);
  if (steps.size() <= shared_steps + 1) return best;
  // In an object of its own: what both names say together, or the name alone where the object's says nothing else.
  const int deeper = kInObject * static_cast<int>(steps.size() - shared_steps - 1);
  const std::string parent = squashed(steps[steps.size() - 2]);
  if (!place_in(of_role.parents, parent) && !place_in(neutral_names(), parent)) best.reset();
  if (const auto place = place_in(of_role.names, parent + squashed(steps.back())))
    best = std::min(best.value_or(*place), *place);
  if (!best) return std::nullopt;
  return *best + deeper;
}

bool says_minor_units(std::string_view name) {
  const std::vector<std::string> words = words_of(name);
  if (has_any(words, "cents cent centavos minor pence")) return true;
  return place_in("unitamount amounttotal amountsubtotal amount sellingprice", joined(words, 0, words.size())) ||
         (words.size() > 1 && words.back() == "amount");
}

}  // namespace salestream::sample
