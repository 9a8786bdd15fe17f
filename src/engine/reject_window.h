// SPDX-License-Identifier: Apache-2.0
// The last messages of a partition, by which `stop_when_rejects` knows that too many are rejected: whether there are
// more of those among them than a limit allows. One owner; a byte of memory for each message.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "core/message.h"
#include "core/order.h"
#include "engine/limits.h"

namespace salestream::engine {

class RejectWindow {
 public:
  explicit RejectWindow(const RejectLimit& limit)
      : limit_(limit), ring_(static_cast<std::size_t>(limit.messages), kGood) {}

  // The next message counts, or counts as that many.
  void add_good(std::int64_t messages = 1);
  void add_reject(core::Offset offset, core::RejectReason reason);

  // At some moment since it was made there were more than the limit allows.
  bool is_exceeded() const { return is_exceeded_; }

  // What there was at that moment, for people: "51 of the last 1000 messages are rejects, … mostly invalid_json (48),
  // …".
  const std::string& description() const { return description_; }

 private:
  static constexpr std::uint8_t kGood = 0xFF;

  void add(std::uint8_t what);
  void describe(core::Offset offset, core::RejectReason reason);

  RejectLimit limit_;
  std::vector<std::uint8_t> ring_;  // kGood, or a reason
  std::size_t next_ = 0;
  std::int64_t seen_ = 0;
  int rejects_ = 0;
  std::array<int, core::kRejectReasonCount> by_reason_{};
  bool is_exceeded_ = false;
  std::string description_;
};

}  // namespace salestream::engine
