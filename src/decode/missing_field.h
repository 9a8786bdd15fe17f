// SPDX-License-Identifier: Apache-2.0
// A field is missing: what stands there instead, for the person who wrote the pipeline file or the producer. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

namespace salestream::decode {

// "price of line item 1 is missing; there stand: product_name, preco; did you mean …". `shown`: the field as messages
// name it; `path`: its names, with points between them, in `object`, which is JSON, its end included.
std::string describe_missing(const std::string& shown, std::string_view path, std::string_view object);

}  // namespace salestream::decode
