// SPDX-License-Identifier: Apache-2.0
// How far a reader of a Kafka topic has come in one partition. A value; any thread; never fails.
#pragma once

#include <optional>

#include "core/cell.h"
#include "core/message.h"
#include "source/source.h"

namespace salestream::source {

struct ReadPosition {
  // The last message before next_offset; nothing of it is known when it has expired, or was not read yet.
  core::Offset last_offset = core::kNothingYet;
  core::Offset next_offset = core::kNothingYet;  // kNothingYet: nothing of this partition was ever read
  core::Offset counted_to =
      core::kNothingYet;             // everything before it is in the store; it may be read again for its ids
  bool window_may_be_short = false;  // messages that would be read for their ids only may have expired

  // Where fetching begins: at the last message once more, so that the worker can see whether the topic is still the
  // same. Nothing: at the partition's first message.
  std::optional<core::Offset> first_to_fetch() const {
    return last_offset != core::kNothingYet ? last_offset : next_to_fetch();
  }
  // Where fetching goes on. Nothing: at the partition's first message.
  std::optional<core::Offset> next_to_fetch() const {
    return next_offset != core::kNothingYet ? std::optional(next_offset) : std::nullopt;
  }

  void read(core::Offset offset) {
    last_offset = offset;
    next_offset = offset + 1;
  }

  // Goes on at `offset`; what stood before it is gone.
  void skip_to(core::Offset offset) {
    last_offset = core::kNothingYet;
    next_offset = offset;
  }

  friend bool operator==(const ReadPosition&, const ReadPosition&) = default;
};

inline ReadPosition position_of(const ResumePoint& point) {
  if (!point.progress) return {};
  const core::PartitionProgress& progress = *point.progress;
  ReadPosition position{progress.last_offset, progress.next_offset, progress.next_offset, point.window_may_be_short};
  // The ids of a window stand further back; the last message comes again on the way.
  if (point.first_to_read() < progress.last_offset) position.skip_to(point.first_to_read());
  return position;
}

}  // namespace salestream::source
