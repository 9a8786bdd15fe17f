// SPDX-License-Identifier: Apache-2.0
// A whole file as text. Any thread.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"

namespace salestream::base {

// Nothing where there is no such file. A failure, the system's words alone: it can't be read to its end, or is a
// directory. Without a limit: for files that the caller's user names, and that are as long as he has memory.
Result<std::optional<std::string>> read_file(const std::string& path);

}  // namespace salestream::base
