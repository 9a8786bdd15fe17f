// SPDX-License-Identifier: Apache-2.0
// JSON lines as a source: an order a line, an offset a byte position. Thread-safe as Source says.
//
// A regular file is read by several workers: its blocks of kFileBlockBytes are dealt out to FileOptions::partitions in
// turn, and a line belongs to the block that it begins in. Both numbers are part of what the store has counted, so they
// never change. Standard input, and anything else that can only be read once, is one partition.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"
#include "core/definition.h"
#include "source/options.h"
#include "source/source.h"

namespace salestream::source {

inline constexpr std::int64_t kFileBlockBytes = 4 << 20;

// A longer line is cut, and what is left of it a rejected message.
inline constexpr std::int64_t kMaxLineBytes = 65 << 20;  // more than any limits.max_message_bytes

// What the source's identity is, also where the file is not there any more.
std::string file_identity(const FileOptions& options);

base::Result<std::unique_ptr<Source>> make_file_source(const FileOptions& options, const core::Definition& definition);

}  // namespace salestream::source
