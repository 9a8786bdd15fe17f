// SPDX-License-Identifier: Apache-2.0
// What a pipeline file, or --store, can say of a store. Plain values.
#pragma once

#include <string>
#include <variant>

namespace salestream::store {

struct SqliteOptions {
  std::string file;
  int busy_timeout_ms = 10'000;  // how long to wait for another program that holds the file
};

using Options = std::variant<SqliteOptions>;

}  // namespace salestream::store
