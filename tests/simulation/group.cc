// SPDX-License-Identifier: Apache-2.0
#include "group.h"

#include <algorithm>

#include "base/check.h"

namespace salestream::simulation {
namespace {

constexpr int kLongestGiveBackUs = 60'000;  // then a member is taken for gone
constexpr int kLongestUnawareUs = 80'000;   // until who has lost its partitions hears of it
constexpr std::size_t kMaxMessagesPerPoll = 5;

}  // namespace

Group::Member* Group::find(InstanceId id) {
  const auto found = std::find_if(members_.begin(), members_.end(), [&](const Member& m) { return m.id == id; });
  return found == members_.end() ? nullptr : &*found;
}

void Group::join(InstanceId id) {
  members_.push_back({.id = id});
  rebalance();
}

void Group::leave(InstanceId id) {
  if (find(id) == nullptr) return;
  std::erase_if(members_, [&](const Member& m) { return m.id == id; });
  rebalance();
}

void Group::died(InstanceId id) {
  if (Member* member = find(id)) member->is_dead = true;
}

void Group::given_back(InstanceId id) {
  Member* const member = find(id);
  if (member == nullptr) return;
  member->must_give_back = false;
  member->granted.reset();
  if (is_waiting_ && std::none_of(members_.begin(), members_.end(), [](const Member& m) { return m.must_give_back; }))
    grant();
}

void Group::rebalance() {
  for (Member& member : members_) {
    member.granted.reset();
    if (member.is_lost) continue;  // it will hear of this one together with the one before
    const bool is_unaware =
        member.is_dead || (scheduler_.is_frozen(member.id) && !random_.one_in(4)) || random_.one_in(unaware_one_in);
    if (is_unaware) {
      member.is_lost = true;
      member.must_give_back = false;
      member.learns_at_us = scheduler_.now_us() + random_.between(0, kLongestUnawareUs);
    } else {
      member.must_give_back = true;
      scheduler_.wake_sleepers(member.id);
    }
  }
  is_waiting_ = true;
  waits_until_us_ = scheduler_.now_us() + random_.between(1000, kLongestGiveBackUs);
}

void Group::grant() {
  is_waiting_ = false;
  std::vector<Member*> takers;
  for (Member& member : members_) {
    if (member.is_dead) continue;
    if (!scheduler_.is_frozen(member.id) || random_.one_in(8))
      takers.push_back(&member);
    else
      member.is_lost = true;  // it will join again
  }
  if (takers.empty()) return;
  for (Member* taker : takers) {
    taker->granted.emplace();
    scheduler_.wake_sleepers(taker->id);
  }
  for (core::PartitionId p = 0; p < partitions_; ++p) random_.of(takers.data(), takers.size())->granted->push_back(p);
}

void Group::tick() {
  if (is_waiting_ && scheduler_.now_us() >= waits_until_us_) {
    for (Member& member : members_) {
      if (!member.must_give_back) continue;
      member.must_give_back = false;
      member.is_lost = true;
      member.learns_at_us = scheduler_.now_us() + random_.between(0, kLongestUnawareUs);
    }
    grant();
  }
  if (std::erase_if(members_, [](const Member& m) { return m.is_dead; }) > 0) rebalance();
}

bool Group::is_settled() const {
  return !is_waiting_ && std::all_of(members_.begin(), members_.end(), [](const Member& m) {
    return !m.is_dead && !m.is_lost && !m.must_give_back && !m.granted;
  });
}

base::Status SimulatedReader::follow_group() {
  Group::Member* member = group_.find(id_);
  if (member == nullptr) {
    // The first time; or it was expelled, and learns it now.
    if (has_assignment_) listener_.on_lost();
    has_assignment_ = false;
    places_.clear();
    group_.join(id_);
    return {};
  }
  if (member->is_lost) {
    if (scheduler_.now_us() < member->learns_at_us) return {};
    if (has_assignment_) listener_.on_lost();
    has_assignment_ = false;
    places_.clear();
    member = group_.find(id_);
    if (member == nullptr) return {};
    member->is_lost = false;
    if (!member->granted) group_.rebalance();  // it joins again
  }
  if (member->must_give_back) {
    base::Status status;
    if (has_assignment_) status = listener_.on_revoked();
    has_assignment_ = false;
    places_.clear();
    // Meanwhile the group may have stopped waiting for it.
    member = group_.find(id_);
    if (member != nullptr && member->must_give_back) group_.given_back(id_);
    if (!status.ok()) return status;
    member = group_.find(id_);
  }
  if (member == nullptr || member->is_lost || !member->granted) return {};
  const std::vector<core::PartitionId> partitions = *std::exchange(member->granted, std::nullopt);
  if (has_assignment_) listener_.on_lost();
  has_assignment_ = false;
  places_.clear();
  SALESTREAM_ASSIGN(const std::vector<source::ResumePoint> points, listener_.on_assigned(partitions));
  has_assignment_ = true;
  is_paused_ = false;
  for (const source::ResumePoint& point : points) {
    Place place{point.partition};
    if (point.progress) {
      const core::Offset first =
          point.progress->last_offset != core::kNothingYet ? point.first_to_read() : point.progress->next_offset;
      const auto& messages = history_.messages(point.partition);
      while (place.next < messages.size() && messages[place.next].offset < first) ++place.next;
    }
    places_.push_back(place);
  }
  return {};
}

void SimulatedReader::fill(core::MessageBatch& batch) {
  if (is_paused_ || places_.empty()) return;
  const std::size_t first = random_.below(static_cast<std::uint32_t>(places_.size()));
  std::size_t left = 1 + random_.below(kMaxMessagesPerPoll);
  for (std::size_t i = 0; i < places_.size() && left > 0; ++i) {
    Place& place = places_[(first + i) % places_.size()];
    const auto& messages = history_.messages(place.partition);
    if (place.next > 0 && random_.one_in(16)) --place.next;  // the last one comes twice
    for (; place.next < messages.size() && left > 0; ++place.next, --left) {
      const LoggedMessage& from = messages[place.next];
      core::Message message;
      message.partition = place.partition;
      message.offset = from.offset;
      message.next_offset = from.offset + 1;
      message.timestamp_ms = from.offset;
      message.is_null = from.is_null;
      batch.append(message, from.payload, "key");
      place.has_told_end = false;
    }
    if (place.next == messages.size() && !place.has_told_end) {
      place.has_told_end = true;
      batch.add_reached_end({place.partition, history_.end(place.partition), true});
    }
  }
}

base::Status SimulatedReader::poll(core::MessageBatch& batch, std::chrono::milliseconds wait) {
  batch.clear();
  scheduler_.yield();
  SALESTREAM_TRY(follow_group());
  fill(batch);
  if (!batch.empty() || wait.count() == 0) return {};
  is_idle_ = true;
  scheduler_.sleep(std::chrono::microseconds(wait).count());
  is_idle_ = false;
  SALESTREAM_TRY(follow_group());
  fill(batch);
  return {};
}

base::Status SimulatedReader::close() {
  base::Status status;
  if (has_assignment_) status = listener_.on_revoked();
  has_assignment_ = false;
  group_.leave(id_);
  return status;
}

}  // namespace salestream::simulation
