// SPDX-License-Identifier: Apache-2.0
// Results on standard output. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace salestream::cli {

// Done, too, when nobody reads any further (`| head`); an error when it can't be written.
base::Status print(std::string_view text);

// The same, piece by piece, for what may be longer than memory. One thread.
class Printer {
 public:
  base::Status add(std::string_view text);
  // The last piece.
  base::Status finish();
  // False: nobody reads any further.
  bool is_read() const { return is_read_; }

 private:
  std::string text_;
  bool is_read_ = true;
};

}  // namespace salestream::cli
