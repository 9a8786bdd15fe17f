// SPDX-License-Identifier: Apache-2.0
// A run of a pipeline: its workers, each a thread that owns its source, its cells and its store session, from start to
// a clean stop. run() belongs to one thread; the others but the destructor to any, and none of them waits.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "base/result.h"
#include "core/definition.h"
#include "engine/fingerprint_check_thread.h"
#include "engine/limits.h"
#include "engine/measurements.h"
#include "engine/reject_topic.h"
#include "engine/run_status.h"
#include "source/source.h"
#include "store/store.h"

namespace salestream::engine {

struct RunOptions {
  Limits limits;
  bool until_end = false;             // stop at the end that each partition has now
  bool accept_short_window = false;   // go on although messages of a window of `deduplicate` have expired
  bool is_source_of_lines = false;    // a file or a stream, which may be of another kind: core/shape_hint.h
  MakeRejectTopic make_reject_topic;  // one for each worker; empty: rejected messages go to the store only
};

class Pipeline {
 public:
  // All three outlive the pipeline. The store has been opened for a run.
  Pipeline(const core::Definition& definition, source::Source& source, store::Store& store, RunOptions options);
  ~Pipeline();

  // Until request_stop(), the end that was asked for, or an error: then everything read is flushed and committed, where
  // it still can be.
  base::Status run();
  void request_stop();
  RunStatus status() const;
  // After run(): it came to its end, and every message that it read was rejected. What to say then.
  std::optional<std::string> all_rejected() const;
  Measurements measurements() const;
  Health health() const;

  // After run() a last question to the source may still wait for its answer, which only the end of the process cuts
  // short: the caller that keeps this can let the pipeline go without it. It ends before the source does.
  std::shared_ptr<FingerprintCheckThread> fingerprint_check() const;

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::engine
