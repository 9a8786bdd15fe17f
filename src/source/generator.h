// SPDX-License-Identifier: Apache-2.0
// The generator as a source: a pure function of (seed, partition, offset), so it can be read again from anywhere, and a
// restart goes on exactly where it stopped. Thread-safe as Source says; options that can't be are usage errors.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "core/definition.h"
#include "source/options.h"
#include "source/source.h"

namespace salestream::source {

// What the source's identity is.
std::string generator_identity(const GeneratorOptions& options);

base::Result<std::unique_ptr<Source>> make_generator_source(const GeneratorOptions& options,
                                                            const core::Definition& definition);

}  // namespace salestream::source
