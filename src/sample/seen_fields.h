// SPDX-License-Identifier: Apache-2.0
// What stands at which place in some objects of a sample, such as all of its line items: the fields, and what their
// values look like. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "core/field.h"
#include "sample/document.h"

namespace salestream::sample {

// A value, and in which of the objects it stands.
struct Seen {
  std::size_t object = 0;
  const Value* value = nullptr;
};

struct SeenField {
  core::FieldPath path;
  std::vector<Seen> values;  // in the order of the objects; null and empty texts too

  // How many of them are there (neither null nor an empty text), and of those, how many are what.
  std::size_t there = 0;
  std::size_t texts = 0;
  std::size_t numbers = 0;       // as JSON numbers, up to 10^18
  std::size_t number_texts = 0;  // texts that are a JSON number
  std::size_t integers = 0;      // of both
  std::size_t negatives = 0;     // of both
  std::size_t booleans = 0;
  std::size_t times = 0;       // texts with a date
  std::size_t currencies = 0;  // texts of three letters

  // Most of what is there is such: a sample may have bad messages, too.
  const std::string& leaf() const { return path.steps.back(); }
  bool is_scalar() const { return is_most(texts + numbers + booleans); }
  bool is_name() const { return is_most(texts + numbers); }  // as those of products are
  bool is_number() const { return is_most(readable_numbers()); }
  bool is_whole() const { return is_number() && integers == readable_numbers(); }
  bool is_most(std::size_t count) const { return there > 0 && 2 * count > there; }
  std::size_t readable_numbers() const { return numbers + number_texts; }

  // The commonest first, of texts, numbers and booleans of at most `longest` bytes; empty: more than `most` different.
  struct Count {
    std::string text;
    std::size_t count = 0;
  };
  std::vector<Count> distinct(std::size_t most, std::size_t longest_bytes) const;
};

// Whether both can be values: neither is the other, nor stands in it.
bool are_apart(const core::FieldPath& a, const core::FieldPath& b);

// What objects within others hold is a field of theirs; what arrays hold is not. In the order in which they are first
// seen, kMaxSeenFields at most. Of a name that stands twice the first is meant.
inline constexpr std::size_t kMaxSeenFields = 2000;
inline constexpr std::size_t kMaxFieldSteps = 8;
std::vector<SeenField> fields_of(const std::vector<const Value*>& objects);

}  // namespace salestream::sample
