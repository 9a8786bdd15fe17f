// SPDX-License-Identifier: Apache-2.0
// Which rejected messages are to be sent again, and what has become of those that were. Reads the store only; memory is
// bounded by a page and by what one resend may take. One thread.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/order.h"
#include "store/resends.h"
#include "store/store.h"

namespace salestream::rejects {

// What one transaction takes at most.
inline constexpr std::size_t kMaxMessagesPerResend = 10'000;
inline constexpr std::size_t kMaxBytesPerResend = 64 << 20;

// What has become of a rejected message.
struct RejectState {
  enum class Kind : std::uint8_t {
    kKept,
    kBeingSent,    // a resend was begun, and has not ended, or did not come to its end
    kPerhapsSent,  // what became of it can't be found out
    kSent,
  };
  Kind kind = Kind::kKept;
  std::int64_t when_ms = 0;
  std::string resend;
};

// The states of rejected messages, as of when it was read.
class RejectStates {
 public:
  static base::Result<RejectStates> read(store::ResendRecords& records);

  // One for each of these.
  base::Result<std::vector<RejectState>> of(std::span<const core::Reject> rejects) const;

  // How many resends were sent.
  std::size_t count_sent() const;

  // Begun and not settled.
  std::vector<store::Resend> begun() const;

 private:
  store::ResendRecords* records_ = nullptr;
  std::map<std::string, store::Resend> resends_;
};

// What a person asks for. By places, or all that fit the reason.
struct Selection {
  std::optional<core::RejectReason> reason;
  struct Edited {
    std::string key;
    std::string message;
  };
  // Nothing in place of the message: as it is. Empty: all.
  std::map<store::RejectPlace, std::optional<Edited>> places;
  std::size_t limit = 0;  // 0: none was said
  bool again = false;     // also those that were sent before
};

// What a resend is to send.
struct SelectedMessages {
  std::vector<core::Reject> to_send;     // by place; with the edited key and message
  std::vector<std::uint64_t> checksums;  // of their original messages
  // Left out of it:
  std::int64_t sent_before = 0;
  std::int64_t perhaps_sent = 0;
  std::int64_t null_messages = 0;  // which no order can be
  std::int64_t cut_messages = 0;   // of which the store has only the beginning, and no edited message was given
  bool has_more = false;           // than the limit that was said
};

// An error, too, when it is more than one resend may take, or a place has no rejected message.
base::Result<SelectedMessages> select_for_resend(store::Inspection& inspection, store::ResendRecords& records,
                                                 const Selection& selection);

}  // namespace salestream::rejects
