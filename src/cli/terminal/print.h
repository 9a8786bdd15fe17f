// SPDX-License-Identifier: Apache-2.0
// Results on standard output. Any thread.
#pragma once

#include <string_view>

#include "base/result.h"

namespace salestream::cli {

// Done, too, when nobody reads any further (`| head`); an error when it can't be written.
base::Status print(std::string_view text);

}  // namespace salestream::cli
