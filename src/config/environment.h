// SPDX-License-Identifier: Apache-2.0
// `${VAR}`, `${VAR:-default}` and `$$` in a text. What comes from the environment may be a secret: it stands in the
// result only, never in an error. Pure; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"
#include "config/pipeline_file.h"

namespace salestream::config {

// As in a shell, `:-` gives the default when the variable is empty, too. The result has at most `limit_bytes`. The
// error says what is wrong and has no place in it: the caller knows where the text stands.
base::Result<std::string> replace_variables(std::string_view text, const Environment& environment,
                                            std::size_t limit_bytes);

}  // namespace salestream::config
