// SPDX-License-Identifier: Apache-2.0
// Words of Spark SQL. Pure functions; any thread.
#pragma once

#include <string>
#include <string_view>

namespace salestream::spark {

// A string literal that means `text` whatever is in it: Spark's escapes, its `${…}` substitution and statements that
// are split at semicolons included.
std::string literal(std::string_view text);

// A column's name. The names of a pipeline file have no character that would need more than the quotes.
std::string identifier(std::string_view name);

}  // namespace salestream::spark
