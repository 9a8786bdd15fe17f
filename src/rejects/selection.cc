// SPDX-License-Identifier: Apache-2.0
#include "rejects/selection.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "core/cell.h"

namespace salestream::rejects {
namespace {

using store::RejectPlace;
using store::ResendState;

// Ends a scan that has found enough; never seen by anybody.
constexpr const char* kEnough = "enough";

RejectState::Kind kind_of(ResendState state) {
  switch (state) {
    case ResendState::kBegun: return RejectState::Kind::kBeingSent;
    case ResendState::kSent: return RejectState::Kind::kSent;
    case ResendState::kUnknown: return RejectState::Kind::kPerhapsSent;
    case ResendState::kNotSent: break;
  }
  return RejectState::Kind::kKept;
}

class Selector {
 public:
  Selector(const Selection& selection, RejectStates states) : selection_(selection), states_(std::move(states)) {}

  // True: nothing more is wanted.
  base::Result<bool> look_at(std::span<const core::Reject> page) {
    SALESTREAM_ASSIGN(const std::vector<RejectState> states, states_.of(page));
    for (std::size_t i = 0; i < page.size(); ++i) {
      SALESTREAM_ASSIGN(const bool is_enough, look_at(page[i], states[i]));
      if (is_enough) return true;
    }
    return false;
  }

  // Of those that were asked for by place, those that are not there.
  base::Status check_all_found() const {
    for (const auto& [place, edited] : selection_.places)
      if (!found_.contains(place))
        return base::failure(
            fmt::format("there is no reject at {}:{} (PARTITION:OFFSET); `salestream rejects list` shows "
                        "where there are some. Nothing was sent",
                        place.partition, place.offset));
    return {};
  }

  SelectedMessages selected;

 private:
  base::Result<bool> look_at(const core::Reject& reject, const RejectState& state) {
    const Selection::Edited* edited = nullptr;
    if (!selection_.places.empty()) {
      const auto asked = selection_.places.find({reject.partition, reject.offset});
      if (asked == selection_.places.end()) return false;
      found_.insert(asked->first);
      if (asked->second) edited = &*asked->second;
    }
    if (!selection_.again && state.kind != RejectState::Kind::kKept) {
      ++(state.kind == RejectState::Kind::kSent ? selected.sent_before : selected.perhaps_sent);
      return false;
    }
    if (reject.is_null && edited == nullptr) {
      ++selected.null_messages;
      return false;
    }
    if ((reject.is_cut || reject.is_key_cut) && edited == nullptr) {
      ++selected.cut_messages;
      return false;
    }
    if (selection_.limit > 0 && selected.to_send.size() == selection_.limit) {
      selected.has_more = true;
      return true;
    }
    core::Reject& chosen = selected.to_send.emplace_back(reject);
    selected.checksums.push_back(core::checksum(reject.message));
    if (edited != nullptr) {
      chosen.key = edited->key;
      chosen.message = edited->message;
      chosen.is_null = false;
    }
    bytes_ += chosen.key.size() + chosen.message.size();
    if (selected.to_send.size() > kMaxMessagesPerResend || bytes_ > kMaxBytesPerResend) return too_many();
    return false;
  }

  base::Error too_many() const {
    const std::size_t fitting = selected.to_send.size() - 1;
    return base::failure(fmt::format(
        "more rejects than one transaction takes ({} messages, {} MiB): {}. Nothing was sent", kMaxMessagesPerResend,
        kMaxBytesPerResend >> 20,
        fitting == 0 ? "the first of them alone is too large"
                     : fmt::format("--limit {} sends the first ones, and the same command once more those after them",
                                   fitting)));
  }

  const Selection& selection_;
  const RejectStates states_;
  std::set<RejectPlace> found_;
  std::size_t bytes_ = 0;
};

// One scan of a partition, from the first to the last of its places, or one of everything.
std::vector<store::RejectFilter> filters_of(const Selection& selection) {
  if (selection.places.empty()) return {{.reason = selection.reason}};
  std::vector<store::RejectFilter> filters;
  for (const auto& [place, edited] : selection.places) {
    if (filters.empty() || *filters.back().partition != place.partition)
      filters.push_back({.partition = place.partition, .from = place.offset});
    filters.back().end = place.offset + 1;
  }
  return filters;
}

}  // namespace

base::Result<RejectStates> RejectStates::read(store::ResendRecords& records) {
  RejectStates states;
  states.records_ = &records;
  SALESTREAM_ASSIGN(std::vector<store::Resend> resends, records.read());
  for (store::Resend& resend : resends) {
    std::string id = resend.id;
    states.resends_.emplace(std::move(id), std::move(resend));
  }
  return states;
}

base::Result<std::vector<RejectState>> RejectStates::of(std::span<const core::Reject> rejects) const {
  std::vector<RejectState> states(rejects.size());
  if (resends_.empty()) return states;
  std::vector<RejectPlace> places;
  std::map<RejectPlace, std::size_t> at;
  for (std::size_t i = 0; i < rejects.size(); ++i) {
    places.push_back({rejects[i].partition, rejects[i].offset});
    at.emplace(places.back(), i);
  }
  SALESTREAM_ASSIGN(const std::vector<store::ResendMark> marks, records_->read_marks(places));
  for (const store::ResendMark& mark : marks) {
    const auto resend = resends_.find(mark.resend);
    if (resend == resends_.end()) continue;
    const std::size_t i = at.at({mark.partition, mark.offset});
    const RejectState::Kind kind = kind_of(resend->second.state);
    // Another message stands there than the one that was sent: a source that was recreated.
    if (kind <= states[i].kind || mark.checksum != core::checksum(rejects[i].message)) continue;
    const bool is_settled = kind != RejectState::Kind::kBeingSent;
    states[i] = {kind, is_settled ? resend->second.settled_ms : resend->second.begun_ms, mark.resend};
  }
  return states;
}

std::size_t RejectStates::count_sent() const {
  return static_cast<std::size_t>(std::count_if(
      resends_.begin(), resends_.end(), [](const auto& each) { return each.second.state == ResendState::kSent; }));
}

std::vector<store::Resend> RejectStates::begun() const {
  std::vector<store::Resend> begun;
  for (const auto& [id, resend] : resends_)
    if (resend.state == ResendState::kBegun) begun.push_back(resend);
  return begun;
}

base::Result<SelectedMessages> select_for_resend(store::Inspection& inspection, store::ResendRecords& records,
                                                 const Selection& selection) {
  SALESTREAM_ASSIGN(RejectStates states, RejectStates::read(records));
  Selector selector(selection, std::move(states));
  for (const store::RejectFilter& filter : filters_of(selection)) {
    bool is_enough = false;
    const base::Status scanned =
        inspection.scan_rejects(filter, [&](std::span<const core::Reject> page) -> base::Status {
          SALESTREAM_ASSIGN(is_enough, selector.look_at(page));
          if (is_enough) return base::failure(kEnough);
          return {};
        });
    if (is_enough) break;
    SALESTREAM_TRY(scanned);
  }
  if (!selector.selected.has_more) SALESTREAM_TRY(selector.check_all_found());
  return std::move(selector.selected);
}

}  // namespace salestream::rejects
