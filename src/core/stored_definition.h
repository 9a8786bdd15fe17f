// SPDX-License-Identifier: Apache-2.0
// A definition read back from its canonical text: what a store holds is shown by the definition that it was counted
// with, whatever the pipeline file says by now. Pure; any thread.
#pragma once

#include <optional>
#include <string_view>

#include "core/definition.h"

namespace salestream::core {

// Nothing when it is no canonical text, or has lines that this program doesn't know.
std::optional<Definition> definition_of(std::string_view canonical_text);

}  // namespace salestream::core
