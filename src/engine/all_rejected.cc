// SPDX-License-Identifier: Apache-2.0
#include "engine/all_rejected.h"

#include <fmt/format.h>

#include <algorithm>

namespace salestream::engine {
namespace {

using core::RejectReason;

const char* advice(RejectReason reason) {
  switch (reason) {
    case RejectReason::kMissingField:
    case RejectReason::kWrongType:
    case RejectReason::kQuantityMissing:
    case RejectReason::kNotANumber:
    case RejectReason::kInvalidTime:
      return "Correct the field's place or name under `order:` in the pipeline file, and start over with `salestream "
             "reset`; or, where the file was right before, correct the producer";
    case RejectReason::kEmptyMessage:
    case RejectReason::kInvalidUtf8:
    case RejectReason::kInvalidJson: return "Is this the right topic or file? Orders are JSON, one a message or line";
    default: return "docs/orders.md says of each reason what to do";
  }
}

}  // namespace

void RejectExamples::note(RejectReason reason, const std::string& detail) {
  const auto place = static_cast<std::size_t>(reason);
  if (is_there_[place].exchange(true)) return;
  const base::MutexLock lock(mutex_);
  details_[place] = detail;
}

std::string RejectExamples::of(RejectReason reason) const {
  const base::MutexLock lock(mutex_);
  return details_[static_cast<std::size_t>(reason)];
}

std::optional<std::string> describe_all_rejected(const core::Counters& counters, const RejectExamples& examples,
                                                 std::int64_t fewest) {
  if (counters.orders > 0 || counters.duplicates > 0 || counters.left_out() > 0) return std::nullopt;
  auto rejects = counters.rejects;
  rejects[static_cast<std::size_t>(RejectReason::kNullMessage)] = 0;  // no orders by intent
  const auto most = std::max_element(rejects.begin(), rejects.end());
  std::int64_t all = 0;
  for (const std::int64_t count : rejects) all += count;
  if (all < std::max<std::int64_t>(fewest, 1)) return std::nullopt;
  const auto reason = static_cast<RejectReason>(most - rejects.begin());
  const std::string which = *most == all ? "" : fmt::format("most often ({} times) ", *most);
  const std::string detail = examples.of(reason);
  return fmt::format("{} rejected and none counted: {}{}{}. {}",
                     all == 1 ? "the only message was" : fmt::format("all {} messages were", all), which,
                     core::name_of(reason), detail.empty() ? "" : ", such as: " + detail, advice(reason));
}

}  // namespace salestream::engine
