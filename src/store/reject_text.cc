// SPDX-License-Identifier: Apache-2.0
#include "store/reject_text.h"

#include "base/logging.h"
#include "base/utf8.h"

namespace salestream::store {
namespace {

// Stands in stores of every version: never to be changed.
constexpr std::string_view kCutNote = " (only the first 8 MiB of it are kept)";
constexpr std::string_view kCutKeyNote = " (only the first 4 MiB of its key are kept)";

bool take(std::string_view note, bool may_be, std::string& detail) {
  if (!may_be || !detail.ends_with(note)) return false;
  detail.resize(detail.size() - note.size());
  return true;
}

}  // namespace

std::string noted_detail(const std::string& detail, bool is_cut, bool is_key_cut) {
  return detail + std::string(is_cut ? kCutNote : "") + std::string(is_key_cut ? kCutKeyNote : "");
}

void take_note(core::Reject& reject) {
  reject.is_key_cut = take(kCutKeyNote, reject.key.size() == kMaxCutKeyBytes, reject.detail);
  reject.is_cut = take(kCutNote, reject.message.size() == kMaxCutMessageBytes, reject.detail);
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
