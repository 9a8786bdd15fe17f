// SPDX-License-Identifier: Apache-2.0
// "Did you mean …?": for names that were mistyped. A pure function; any thread.
#pragma once

#include <span>
#include <string_view>

namespace salestream::base {

// The word that was probably meant, the first of the nearest: one or two letters are missing, too many, others or
// swapped (the distance of optimal string alignment), and no more than half of its letters. Empty: none is near.
std::string_view nearest_word(std::string_view word, std::span<const std::string_view> words);

}  // namespace salestream::base
