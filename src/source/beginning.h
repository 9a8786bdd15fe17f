// SPDX-License-Identifier: Apache-2.0
// How a file or a stream begins: with a byte order mark, which belongs to it and to no line, or as something else than
// JSON lines, of which each line would be a rejected message. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace salestream::source {

// Where the first line of a file begins: behind its byte order mark.
base::Result<std::int64_t> first_line_of(int fd, const std::string& path);

// Whether the lines can be handed out. False: there is too little of them yet to be known. An error: they are none.
base::Result<bool> are_lines(const std::string& path, std::string_view beginning, bool is_all);
// The same of a file; `is_all`: nothing more will be written.
base::Result<bool> file_has_lines(int fd, const std::string& path, bool is_all);

}  // namespace salestream::source
