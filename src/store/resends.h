// SPDX-License-Identifier: Apache-2.0
// Which of a store's rejected messages were sent to the topic again: one record for each resend, and a mark for each
// message in it. docs/rejects.md has the protocol that these are written for. They say something of the topic and not
// of a count, so a reset leaves them. Values; a ResendRecords belongs to one thread.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/message.h"

namespace salestream::store {

enum class ResendState : std::uint8_t {
  kBegun,    // its messages may be in the topic by now, or come into it
  kSent,     // all of them are there
  kNotSent,  // none is, and none will ever be
  kUnknown,  // whether they were sent can't be found out any more
};

// "begun", "sent", "not_sent", "unknown": as the stores keep it.
const char* name_of(ResendState state);
std::optional<ResendState> resend_state_of(std::string_view name);

// Where a partition ended before anything of a resend was sent.
struct PartitionEnd {
  core::PartitionId partition = 0;
  core::Offset end = 0;
  friend bool operator==(const PartitionEnd&, const PartitionEnd&) = default;
};

// As "0:17,2:4"; nothing when a text is not of this form.
std::string ends_text(std::span<const PartitionEnd> ends);
std::optional<std::vector<PartitionEnd>> parse_ends(std::string_view text);

struct Resend {
  std::string id;
  ResendState state = ResendState::kBegun;
  std::string source;  // Identity::source
  std::vector<PartitionEnd> ends;
  std::int64_t messages = 0;
  std::int64_t begun_ms = 0;    // since 1970-01-01 UTC, by the clock of the process that began it
  std::int64_t settled_ms = 0;  // when its state became known
};

// The rejected message that a message of a resend was made from, and its checksum: should the topic be recreated,
// another message stands in the place, and the mark is not its own.
struct ResendMark {
  core::PartitionId partition = 0;
  core::Offset offset = 0;
  std::uint64_t checksum = 0;
  std::string resend;
};

struct RejectPlace {
  core::PartitionId partition = 0;
  core::Offset offset = 0;
  friend auto operator<=>(const RejectPlace&, const RejectPlace&) = default;
};

class ResendRecords {
 public:
  virtual ~ResendRecords() = default;

  // Of this pipeline and source, in the order in which they were begun.
  virtual base::Result<std::vector<Resend>> read() = 0;

  // All marks of these places, of whatever resend, in any order.
  virtual base::Result<std::vector<ResendMark>> read_marks(std::span<const RejectPlace> places) = 0;

  // Durable, all of it, when this returns. Only one writer ever uses this id.
  virtual base::Status begin(const Resend& resend, std::span<const ResendMark> marks) = 0;

  // What has become of a resend that was begun. Harmless to repeat.
  virtual base::Status settle(const std::string& id, ResendState state, std::int64_t settled_ms) = 0;
};

}  // namespace salestream::store
