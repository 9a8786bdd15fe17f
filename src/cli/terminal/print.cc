// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "cli/terminal/screen_block.h"

namespace salestream::cli {

base::Status print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text) || errno == EPIPE) return {};
  return base::failure(std::string("standard output can't be written: ") + strerror(errno));
}

}  // namespace salestream::cli
