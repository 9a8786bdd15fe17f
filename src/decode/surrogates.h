// SPDX-License-Identifier: Apache-2.0
// Escapes of half a surrogate pair: JSON's grammar takes "\ud83d" without its other half (RFC 8259, section 8.2), and
// producers that cut a text in the middle of an emoji write it. It is no character, and UTF-8 has no place for it, so
// such a string can be read over and compared, but is nobody's name. Pure; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace salestream::decode {

// Unescapes what stands between the quotes of a string. A half gets the three bytes that its number would have, which
// occur in no UTF-8. `to` has room for as many bytes as `raw` has. Where it ended; nullptr: an escape that JSON does
// not know.
char* unescape_with_halves(std::string_view raw, char* to);

// The first half in a text that was unescaped so, such as 0xD83D; nothing: all of it is UTF-8.
std::optional<std::uint16_t> find_half(std::string_view text);

}  // namespace salestream::decode
