// SPDX-License-Identifier: Apache-2.0
#include "rejects/resend.h"

#include <fmt/format.h>

#include <set>
#include <utility>

namespace salestream::rejects {
namespace {

using Kind = kafka::TransactionOutcome::Kind;
using store::ResendState;

ResendState state_of(ResendTopic::Found found) {
  switch (found) {
    case ResendTopic::Found::kSent: return ResendState::kSent;
    case ResendTopic::Found::kNotSent: return ResendState::kNotSent;
    case ResendTopic::Found::kUnknown: break;
  }
  return ResendState::kUnknown;
}

// What others have begun can't go on since the topic was taken over: it is in the topic by now, or never will be.
base::Status settle_others(const ResendParts& parts) {
  SALESTREAM_ASSIGN(const std::vector<store::Resend> resends, parts.records.read());
  for (store::Resend resend : resends) {
    if (resend.state != ResendState::kBegun) continue;
    SALESTREAM_ASSIGN(const ResendTopic::Found found, parts.topic.find(resend.id, resend.ends));
    resend.state = state_of(found);
    resend.settled_ms = parts.now_ms();
    SALESTREAM_TRY(parts.records.settle(resend.id, resend.state, resend.settled_ms));
    parts.on_settled(resend);
  }
  return {};
}

base::Result<store::Resend> record_of(const ResendParts& parts, const SelectedMessages& selected) {
  store::Resend record;
  record.id = parts.id;
  record.source = parts.source;
  record.messages = static_cast<std::int64_t>(selected.to_send.size());
  record.begun_ms = parts.now_ms();
  std::set<core::PartitionId> partitions;
  for (const core::Reject& reject : selected.to_send) partitions.insert(reject.partition);
  const std::vector<core::PartitionId> list(partitions.begin(), partitions.end());
  SALESTREAM_ASSIGN(record.ends, parts.topic.ends(list));
  return record;
}

std::vector<store::ResendMark> marks_of(const ResendParts& parts, const SelectedMessages& selected) {
  std::vector<store::ResendMark> marks;
  for (std::size_t i = 0; i < selected.to_send.size(); ++i)
    marks.push_back({selected.to_send[i].partition, selected.to_send[i].offset, selected.checksums[i], parts.id});
  return marks;
}

}  // namespace

base::Result<SelectedMessages> resend(const ResendParts& parts) {
  // The order of these steps is what keeps each message from being sent twice.
  SALESTREAM_TRY(parts.topic.take_over());
  SALESTREAM_TRY(settle_others(parts));
  SALESTREAM_ASSIGN(SelectedMessages selected, parts.select());
  if (selected.to_send.empty()) return selected;
  SALESTREAM_ASSIGN(const store::Resend record, record_of(parts, selected));
  SALESTREAM_TRY(parts.records.begin(record, marks_of(parts, selected)));

  const kafka::TransactionOutcome outcome = parts.topic.send(selected.to_send, parts.id);
  switch (outcome.kind) {
    case Kind::kCommitted: break;
    case Kind::kNothingSent: {
      // If this fails, the next resend looks for itself.
      static_cast<void>(parts.records.settle(parts.id, ResendState::kNotSent, parts.now_ms()));
      return base::failure(outcome.why + ". Nothing was sent");
    }
    case Kind::kUnknown:
      return base::failure(
          outcome.why +
          ". Whether the rejects were sent is not known now: the next `salestream rejects resend` looks, "
          "and sends none of them twice");
  }
  const base::Status settled = parts.records.settle(parts.id, ResendState::kSent, parts.now_ms());
  if (settled.ok()) return selected;
  return base::failure(
      fmt::format("{}. {} rejects were sent all the same: the next `salestream rejects resend` finds them "
                  "in the topic and marks them",
                  settled.error().message, selected.to_send.size()));
}

}  // namespace salestream::rejects
