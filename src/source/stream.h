// SPDX-License-Identifier: Apache-2.0
// Standard input, or another file that can only be read once, as a source of one partition: an order a line, an offset
// a byte position from the stream's beginning. After a restart the same stream has to come again from its beginning;
// what is in the store already is skipped, and compared at its end.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "source/options.h"
#include "source/source.h"

namespace salestream::source {

std::string stream_identity(const FileOptions& options);

base::Result<std::unique_ptr<Source>> make_stream_source(const FileOptions& options);

}  // namespace salestream::source
