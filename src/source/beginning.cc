// SPDX-License-Identifier: Apache-2.0
#include "source/beginning.h"

#include <fmt/format.h>

#include "core/shape_hint.h"
#include "source/line_reader.h"
#include "source/options.h"

namespace salestream::source {

base::Result<std::int64_t> first_line_of(int fd, const std::string& path) {
  SALESTREAM_ASSIGN(const std::string beginning, read_beginning(fd, path, core::kByteOrderMark.size()));
  return static_cast<std::int64_t>(core::mark_bytes(beginning));
}

base::Result<bool> are_lines(const std::string& path, std::string_view beginning, bool is_all) {
  switch (core::shape_of(beginning, is_all)) {
    case core::Shape::kNotKnownYet: return false;
    case core::Shape::kJsonLines: return true;
    case core::Shape::kOther: break;
  }
  return base::failure(fmt::format("{}: no JSON lines, an order a line, so nothing of it was read. {}",
                                   shown_path(path), core::shape_hint(beginning.substr(core::mark_bytes(beginning)))));
}

base::Result<bool> file_has_lines(int fd, const std::string& path, bool is_all) {
  SALESTREAM_ASSIGN(const std::string beginning, read_beginning(fd, path, core::kForeignBytes));
  return are_lines(path, beginning, is_all);
}

}  // namespace salestream::source
