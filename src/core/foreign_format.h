// SPDX-License-Identifier: Apache-2.0
// Formats that bytes show by how they begin, and that are no JSON in UTF-8: packed, in another encoding, binary. Of a
// message and of a file alike. Pure; any thread.
#pragma once

#include <cstddef>
#include <string_view>

namespace salestream::core {

inline constexpr std::size_t kForeignBytes = 64 << 10;  // more of a message or file is not looked at

inline constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

struct ForeignFormat {
  std::string_view what;           // "packed by gzip"
  std::string_view for_producers;  // what they should write instead
  std::string_view for_files;      // a command that makes JSON lines of FILE; empty: none in one line
};

// nullptr: none that is known.
const ForeignFormat* foreign_format(std::string_view beginning);

}  // namespace salestream::core
