// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/print.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <string>

#include "cli/terminal/screen_block.h"

namespace salestream::cli {

namespace {

constexpr std::size_t kPieceBytes = 64 << 10;

base::Error not_printed() { return base::failure(std::string("standard output can't be written: ") + strerror(errno)); }

}  // namespace

base::Status print(std::string_view text) {
  if (write_all(STDOUT_FILENO, text) || errno == EPIPE) return {};
  return not_printed();
}

base::Status Printer::add(std::string_view text) {
  text_ += text;
  return text_.size() < kPieceBytes ? base::Status() : finish();
}

base::Status Printer::finish() {
  const bool is_written = !is_read_ || write_all(STDOUT_FILENO, text_);
  text_.clear();
  if (is_written) return {};
  if (errno != EPIPE) return not_printed();
  is_read_ = false;
  return {};
}

}  // namespace salestream::cli
