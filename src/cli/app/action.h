// SPDX-License-Identifier: Apache-2.0
// What a command line comes to once it is read. Main thread.
#pragma once

#include <functional>

#include "base/result.h"

namespace CLI {
class App;
}

namespace salestream::cli {

// A command's whole work: its exit code, or an error that run_cli prints.
using Action = std::function<base::Result<int>()>;

}  // namespace salestream::cli
