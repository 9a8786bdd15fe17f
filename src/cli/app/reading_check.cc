// SPDX-License-Identifier: Apache-2.0
#include "cli/app/reading_check.h"

#include <fmt/format.h>

#include "cli/terminal/text.h"

namespace salestream::cli {

// What a run still writes belongs to a count that is over. One that is frozen changes nothing either
// (docs/exactly-once.md), but the person who watches it would miss its numbers.
base::Status check_nobody_reads(const OpenedPipeline& opened, const std::string& change) {
  if (opened.store->sees_runs()) return {};
  SALESTREAM_ASSIGN(const std::vector<std::string> readers, opened.source->readers());
  if (readers.empty()) return {};
  std::string list;
  for (const std::string& reader : readers) list += "\n  " + for_terminal(reader);
  return base::failure(fmt::format(
      "{} is being read for this pipeline, and {} in the middle of that would end these runs:{}\nNothing was changed. "
      "Stop them first; one that was killed counts as running until its session has timed out (session.timeout.ms)",
      opened.source->where(), change, list));
}

base::Status check_counted_here(const store::Store& store, const std::string& pipeline, const std::string& why_not) {
  if (store.engine() != store::Engine::kSpark) return {};
  return base::failure(fmt::format(
      "{}: Spark fills the totals of the pipeline {} (`salestream spark submit`) and writes nothing beside them, {}. "
      "`salestream totals PIPELINE` shows the totals, `salestream spark status PIPELINE --remote sc://HOST:PORT` how "
      "far Spark is",
      store.where(), pipeline, why_not));
}

}  // namespace salestream::cli
