// SPDX-License-Identifier: Apache-2.0
// What a file or a stream is that should have been JSON lines, by a look at its beginning. Pure; any thread.
#pragma once

#include <string>
#include <string_view>

#include "core/foreign_format.h"

namespace salestream::core {

// A sentence for people, with what to do about it; empty: nothing that is known. `beginning`: of the first message that
// is rejected, or all that there is of a line that never ends. Of a file's first line, without its byte order mark.
std::string shape_hint(std::string_view beginning);

enum class Shape : unsigned char {
  kNotKnownYet,  // more has to be written first
  kJsonLines,    // or nothing that is known: each line is a message
  kOther,        // no line of it would be one: shape_hint() says what it is
};

// `beginning`: kForeignBytes or as much as there is by now. `is_all`: nothing more will be written. One line that is a
// whole JSON document, of whatever kind, makes it JSON lines; so does one that is garbage before a line that is an
// object.
Shape shape_of(std::string_view beginning, bool is_all);

// The bytes of a byte order mark at the beginning of a file or a stream: it is none of the first line's.
inline std::size_t mark_bytes(std::string_view beginning) {
  return beginning.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

}  // namespace salestream::core
