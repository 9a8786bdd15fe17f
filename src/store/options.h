// SPDX-License-Identifier: Apache-2.0
// What a pipeline file, or --store, can say of a store. Plain values.
#pragma once

#include <string>
#include <variant>

namespace salestream::store {

struct SqliteOptions {
  std::string file;
};

using Options = std::variant<SqliteOptions>;

}  // namespace salestream::store
