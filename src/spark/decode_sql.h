// SPDX-License-Identifier: Apache-2.0
// The decoder's judgement in Spark SQL: which messages are orders, what is in them, and why the others are rejected.
//
// Spark's from_json is laxer than JSON, and tells neither the kinds of values apart nor their digits. So the text is
// prepared: a regular expression puts an `s` before the content of each string, names of fields included, or a `u`
// where half of a surrogate pair is in it, which Spark would lose; and another one makes strings of the numbers. Each
// object is then read as a map of texts that say what they were: `s…` a string, `u…` one with such a half, a digit or
// minus a number with all its digits, `t` or `f` a boolean, `{` an object, `[` an array, NULL null. A map keeps a name
// that stands there twice. The text is parsed in an array with one more element behind it, which is lost when the
// message has anything behind its document. Pure functions; any thread.
#pragma once

#include <string>
#include <vector>

#include "core/definition.h"

namespace salestream::spark {

// A step of a statement: `name AS (sql)`, which reads the step before it.
struct Step {
  std::string name;
  std::string about;  // what it does, for a comment
  std::string sql;
};

// The steps from `messages`, a view of raw messages, to rows `partition`, `offset`, `reason` (NULL: it is an order),
// `wrong_total` and `items`, an array of structs `product`, `units`, `revenue` (both in billionths), `is_first` (the
// order's first line item of that product); and `client` and `at`, a timestamp, where tables need them. The last step's
// name is `last_name`.
std::vector<Step> judgement(const core::Definition& definition, const std::string& messages,
                            const std::string& last_name);

}  // namespace salestream::spark
