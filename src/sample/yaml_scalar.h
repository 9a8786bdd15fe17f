// SPDX-License-Identifier: Apache-2.0
// Texts from messages as YAML: whatever stands in them, the pipeline file stays valid and means the same. Pure; any
// thread.
#pragma once

#include <string>
#include <string_view>

#include "core/field.h"

namespace salestream::sample {

// Plain where YAML takes it for a text, and between quotes otherwise. A dollar sign is written twice, as pipeline files
// have it. `text` is UTF-8.
std::string yaml_text(std::string_view text);

// `a.b`, or with names that hold dots `[["a.b"]]`: as order.product and its like have it.
std::string yaml_place(const core::FieldPath& path);
// As order.items has it: a list there is the names on the way to one place.
std::string yaml_items(const core::ItemsPath& path);

// For a comment: no line ends and no control characters.
std::string comment_text(std::string_view text);

}  // namespace salestream::sample
