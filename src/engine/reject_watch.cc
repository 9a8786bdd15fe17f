// SPDX-License-Identifier: Apache-2.0
#include "engine/reject_watch.h"

#include <fmt/format.h>

#include <utility>

namespace salestream::engine {

base::Status RejectWatch::assign(core::PartitionId partition,
                                 const std::function<base::Status(RejectWindow&)>& recall) {
  if (!limit_) return {};
  RejectWindow window(*limit_);
  SALESTREAM_TRY(recall(window));
  windows_.insert_or_assign(partition, std::move(window));
  return {};
}

base::Status RejectWatch::check(core::PartitionId partition) const {
  const auto found = windows_.find(partition);
  if (found == windows_.end() || !found->second.is_exceeded()) return {};
  return base::failure(fmt::format(
      "{} partition {}: {}. So the run stops, before it takes in more of what may be the wrong thing; what was counted is "
      "saved. `salestream rejects list PIPELINE` shows what came. Then mend the pipeline file, or what writes to the topic; "
      "or, to go on as it is, raise stop_when_rejects or leave it out",
      log_name_, partition, found->second.description()));
}

base::Status RejectWatch::add(const core::MessageBatch& batch, const decode::DecodedBatch& decoded,
                              const std::vector<char>& is_wanted) {
  if (!limit_) return {};
  const std::vector<core::Message>& messages = batch.messages();
  std::vector<const decode::DecodedReject*> rejects(messages.size(), nullptr);
  for (const decode::DecodedReject& reject : decoded.rejects) rejects[reject.message] = &reject;
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (is_wanted[i] == 0) continue;
    RejectWindow& window = windows_.at(messages[i].partition);
    if (rejects[i] == nullptr)
      window.add_good();
    else
      window.add_reject(messages[i].offset, rejects[i]->reason);
  }
  for (const auto& [partition, window] : windows_) SALESTREAM_TRY(check(partition));
  return {};
}

}  // namespace salestream::engine
