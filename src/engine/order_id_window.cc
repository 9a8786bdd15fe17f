// SPDX-License-Identifier: Apache-2.0
#include "engine/order_id_window.h"

#include <xxhash.h>

#include <algorithm>

#include "base/check.h"
#include "core/cell.h"

namespace salestream::engine {
namespace {

constexpr std::size_t kFirstCapacity = 1024;

std::size_t table_size(std::size_t ring_size) { return ring_size + ring_size / 2 + 1; }

}  // namespace

OrderIdWindow::OrderIdWindow(std::size_t window_messages)
    : window_messages_(window_messages),
      messages_per_mark_(std::clamp<std::size_t>(window_messages / 4, 1, kMaxMessagesPerMark)) {
  SALESTREAM_CHECK(window_messages_ > 0);
}

bool OrderIdWindow::add(core::Offset offset, std::optional<std::string_view> id) {
  mark(offset);
  if (next_place_ == ring_.size() && ring_.size() < window_messages_) grow();
  if (next_place_ == ring_.size()) next_place_ = 0;
  const Fingerprint fingerprint = id ? fingerprint_of(*id) : Fingerprint{};
  // The oldest leaves after it was looked at: it is the `window_messages`-th before this one.
  const bool is_duplicate = id && table_[find(fingerprint)] != 0;
  if (!ring_[next_place_].is_none() && ring_[next_place_] != fingerprint) forget(next_place_);
  ring_[next_place_++] = fingerprint;
  if (id) table_[find(fingerprint)] = static_cast<Place>(next_place_);
  return is_duplicate;
}

core::Offset OrderIdWindow::rebuilt_from() const { return marks_.empty() ? core::kNothingYet : marks_.front(); }

std::size_t OrderIdWindow::bytes() const {
  return ring_.capacity() * sizeof(Fingerprint) + table_.capacity() * sizeof(Place) +
         marks_.size() * sizeof(core::Offset);
}

OrderIdWindow::Fingerprint OrderIdWindow::fingerprint_of(std::string_view id) {
  const XXH128_hash_t hash = XXH3_128bits(id.data(), id.size());
  Fingerprint fingerprint{hash.low64, hash.high64};
  if (fingerprint.is_none()) fingerprint.low = 1;
  return fingerprint;
}

std::size_t OrderIdWindow::home_of(const Fingerprint& fingerprint) const {
  return static_cast<std::size_t>(static_cast<unsigned __int128>(fingerprint.high) * table_.size() >> 64);
}

std::size_t OrderIdWindow::find(const Fingerprint& fingerprint) const {
  std::size_t slot = home_of(fingerprint);
  while (table_[slot] != 0 && ring_[table_[slot] - 1] != fingerprint) slot = next(slot);
  return slot;
}

// Takes a place of the ring out of the table, unless a later sighting has taken its slot over. What was pushed away
// from its home by it moves up, so that no search ends too early (Knuth, The Art of Computer Programming 3, 6.4,
// algorithm R).
void OrderIdWindow::forget(std::size_t ring_place) {
  std::size_t hole = find(ring_[ring_place]);
  if (table_[hole] != ring_place + 1) return;
  for (std::size_t at = next(hole); table_[at] != 0; at = next(at)) {
    const std::size_t home = home_of(ring_[table_[at] - 1]);
    const bool may_stay = hole < at ? hole < home && home <= at : hole < home || home <= at;
    if (may_stay) continue;
    table_[hole] = table_[at];
    hole = at;
  }
  table_[hole] = 0;
}

void OrderIdWindow::grow() {
  const std::size_t size = std::min(std::max(kFirstCapacity, ring_.size() * 2), window_messages_);
  std::vector<Fingerprint> ring;
  ring.reserve(size);  // and no more than that
  ring = ring_;
  ring.resize(size);
  std::vector<Place> table(table_size(size), 0);
  std::vector<Place> places;
  for (const Place place : table_)
    if (place != 0) places.push_back(place);
  ring_ = std::move(ring);
  table_ = std::move(table);
  for (const Place place : places) table_[find(ring_[place - 1])] = place;
}

void OrderIdWindow::mark(core::Offset offset) {
  if (marks_.empty() || since_last_mark_ == messages_per_mark_) {
    marks_.push_back(offset);
    since_last_mark_ = 0;
  }
  ++since_last_mark_;
  // The window reaches back to the message that is window_messages - 1 before this one; the second mark is enough once
  // that is not before it.
  while (marks_.size() >= 2 && (marks_.size() - 2) * messages_per_mark_ + since_last_mark_ >= window_messages_)
    marks_.pop_front();
}

}  // namespace salestream::engine
