// SPDX-License-Identifier: Apache-2.0
#include "engine/fingerprint_check.h"

#include <fmt/format.h>

#include "base/retry.h"
#include "source/offset_verdict.h"

namespace salestream::engine {
namespace {

constexpr std::chrono::milliseconds kRetryPause{
    500};  // between two questions to a source or store that does not answer

// Asks again while the answer is that somebody is unavailable, until it is another or the run is to stop.
template <typename Ask>
auto ask_until_answered(const StartLook& with, const Ask& ask) {
  const base::RetryHooks hooks{.gives_up = [&] { return with.stop.load(); },
                               .before_pause =
                                   [&](const base::Error& error) {
                                     with.warnings.write(base::LogLevel::kWarning,
                                                         error.message + "; trying again until it works");
                                   },
                               .pause =
                                   [&](std::chrono::milliseconds time) {
                                     with.pause(time);
                                     return !with.stop;
                                   }};
  return base::retry({kRetryPause}, hooks, ask);
}

}  // namespace

base::Status check_ends(const std::string& source_name, const std::vector<core::PartitionProgress>& stored,
                        const EndTargets& ends) {
  for (const core::PartitionProgress& progress : stored) {
    const auto found = ends.find(progress.partition);
    if (found == ends.end())
      return base::failure(fmt::format(
          "{} has no partition {} any more, and {} messages of it are in the store: it was recreated with fewer "
          "partitions. To count the new one from its beginning, use `salestream reset`; the totals in the store are "
          "unchanged",
          source_name, progress.partition, progress.counters.messages));
    if (found->second < progress.next_offset)
      return base::failure(fmt::format(
          "{} has become shorter than what was counted: partition {} ends at offset {}, and everything before {} is in "
          "the store. It was recreated or cut off. To count the new one from its beginning, use `salestream reset`; "
          "the totals in the store are unchanged",
          source_name, progress.partition, found->second, progress.next_offset));
  }
  return {};
}

LogFingerprint fingerprint_of(const core::PartitionProgress& progress) {
  return {progress.partition, progress.first_offset, progress.first_checksum};
}

base::Result<SourceAtStart> look_at_source(const StartLook& with) {
  SourceAtStart found;
  // The store first: other instances may be counting, and what they have counted by now is in the source that is looked
  // at after it.
  SALESTREAM_ASSIGN(auto session, with.store.session());
  const auto stored = ask_until_answered(with, [&] { return session->read_progress(); });
  if (with.stop) return found;
  if (!stored.ok()) return stored.error();
  for (const core::PartitionProgress& progress : *stored) found.fingerprints.push_back(fingerprint_of(progress));
  for (const auto believe_at = std::chrono::steady_clock::now() + source::kShorterTimeout;;) {
    const auto ranges = ask_until_answered(with, [&] { return with.source.ranges(); });
    if (with.stop) return found;
    if (!ranges.ok()) {
      if (with.needs_ends) return ranges.error();
      return found;
    }
    found.ends.clear();
    found.empty.clear();
    for (const source::PartitionRange& range : *ranges) {
      found.ends[range.partition] = range.end;
      if (range.end <= range.start) found.empty.push_back(range.partition);
    }
    base::Status is_same = check_ends(with.source.where(), *stored, found.ends);
    if (is_same.ok()) return found;
    if (std::chrono::steady_clock::now() >= believe_at) return std::move(is_same).error();
    with.warnings.write(base::LogLevel::kWarning, "asking again whether it is so: " + is_same.error().message);
    with.pause(kRetryPause);
    if (with.stop) return found;
  }
}

base::Status check_fingerprints(source::Source& source, const std::vector<LogFingerprint>& fingerprints,
                                const std::atomic<bool>& stop) {
  for (const LogFingerprint& fingerprint : fingerprints) {
    if (stop) break;
    const auto found = source.message_at(fingerprint.partition, fingerprint.offset);
    if (!found.ok()) {
      base::log_debug(found.error().message + "; whether it is still the same source is asked again later");
      if (found.error().kind == base::ErrorKind::kRetriable) return found.error();
      continue;
    }
    if (!*found || (*found)->offset != fingerprint.offset || (*found)->checksum == fingerprint.checksum) continue;
    return base::failure(fmt::format(
        "{} is not the source that the store has counted: partition {} has another message at offset {}, the first one "
        "that was counted. It was recreated or rewritten, and orders of the new source may be in the totals by now, "
        "beside those of the old one. To start over with the source as it is now, use `salestream reset`",
        source.where(), fingerprint.partition, fingerprint.offset));
  }
  return {};
}

}  // namespace salestream::engine
