// SPDX-License-Identifier: Apache-2.0
// Whether a source is still the one that the store has counted. A recreated topic, or a file that was
// overwritten, has the same name and the same offsets: its ends tell, where they lie before what was counted, and
// otherwise nothing but the messages. Functions, any thread.
#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/logging.h"
#include "base/result.h"
#include "core/cell.h"
#include "source/source.h"
#include "store/store.h"

namespace salestream::engine {

// Where each partition ended when a run started.
using EndTargets = std::map<core::PartitionId, core::Offset>;

// The first message of a partition that was counted.
struct LogFingerprint {
  core::PartitionId partition = 0;
  core::Offset offset = 0;
  std::uint64_t checksum = 0;
};

LogFingerprint fingerprint_of(const core::PartitionProgress& progress);

struct SourceAtStart {
  EndTargets ends;
  std::vector<core::PartitionId> empty;      // of these, nothing can be read
  std::vector<LogFingerprint> fingerprints;  // of all that the store has counted
};

// A failure: the source has become shorter than what was counted, or lacks a partition of it.
base::Status check_ends(const std::string& source_name, const std::vector<core::PartitionProgress>& stored,
                        const EndTargets& ends);

// What looking at a source at the start of a run takes.
struct StartLook {
  source::Source& source;
  store::Store& store;
  bool needs_ends;  // a source without an end, or one that is still to come, won't do
  base::RateLimitedWarnings& warnings;
  const std::atomic<bool>& stop;
  std::function<void(std::chrono::milliseconds)> pause;  // shorter when the run is to stop
};

// The source and the store as they are now; an error when the source has become shorter than what was counted. Who does
// not answer is waited for, until the run is to stop: then nothing is said about the source.
base::Result<SourceAtStart> look_at_source(const StartLook& with);

// Whether the first messages are still the same. A failure: one is another. A retriable error: the source did not
// answer, and was not asked any further. A message that has expired tells nothing, nor does a question that the source
// refuses: whether it can be read is for its readers to say.
base::Status check_fingerprints(source::Source& source, const std::vector<LogFingerprint>& fingerprints,
                                const std::atomic<bool>& stop);

}  // namespace salestream::engine
