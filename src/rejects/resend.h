// SPDX-License-Identifier: Apache-2.0
// Sends rejected messages to their topic again, each exactly once however often this is begun and ended in the middle:
// docs/rejects.md says why. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "rejects/resend_topic.h"
#include "rejects/selection.h"
#include "store/resends.h"

namespace salestream::rejects {

struct ResendParts {
  ResendTopic& topic;
  store::ResendRecords& records;
  std::string source;                    // store::Identity::source
  std::string id;                        // of this resend; of no other, ever
  std::function<std::int64_t()> now_ms;  // for people: decides nothing
  // Called once nobody else can send any more, and what others have begun is settled.
  std::function<base::Result<SelectedMessages>()> select;
  // An earlier resend had been begun and not ended; this is what was found out.
  std::function<void(const store::Resend&)> on_settled;
};

// What was chosen and, unless that is nothing, sent. An error says whether it was sent or is not known to be.
base::Result<SelectedMessages> resend(const ResendParts& parts);

}  // namespace salestream::rejects
