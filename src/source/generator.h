// SPDX-License-Identifier: Apache-2.0
// The generator as a source: a pure function of (seed, partition, offset), so it can be read again from anywhere, and a
// restart goes on exactly where it stopped. Thread-safe as Source says; options that can't be are usage errors.
#pragma once

#include <memory>

#include "base/result.h"
#include "core/definition.h"
#include "source/options.h"
#include "source/source.h"

namespace salestream::source {

base::Result<std::unique_ptr<Source>> make_generator_source(const GeneratorOptions& options,
                                                            const core::Definition& definition);

}  // namespace salestream::source
