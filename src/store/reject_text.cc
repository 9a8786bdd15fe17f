// SPDX-License-Identifier: Apache-2.0
#include "store/reject_text.h"

#include "base/logging.h"
#include "base/utf8.h"

namespace salestream::store {
namespace {

// Stands in stores of every version: never to be changed.
constexpr std::string_view kCutNote = " (only the first 8 MiB of it are kept)";

}  // namespace

std::string noted_detail(const std::string& detail, bool is_cut) {
  return is_cut ? detail + std::string(kCutNote) : detail;
}

void take_note(core::Reject& reject) {
  reject.is_cut = reject.message.size() == kMaxCutMessageBytes && reject.detail.ends_with(kCutNote);
  if (reject.is_cut) reject.detail.resize(reject.detail.size() - kCutNote.size());
}

std::string as_utf8(std::string_view text) {
  return base::is_utf8(text) ? std::string(text) : base::printable(text, text.size() * 4);
}

std::vector<std::pair<std::string_view, std::int64_t>> reject_counts(const core::Counters& counters) {
  std::vector<std::pair<std::string_view, std::int64_t>> counts;
  for (int i = 0; i < core::kRejectReasonCount; ++i)
    if (const auto count = counters.rejects[static_cast<std::size_t>(i)]; count != 0)
      counts.emplace_back(core::name_of(static_cast<core::RejectReason>(i)), count);
  return counts;
}

}  // namespace salestream::store
