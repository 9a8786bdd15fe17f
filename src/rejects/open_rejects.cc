// SPDX-License-Identifier: Apache-2.0
#include "rejects/open_rejects.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "rejects/selection.h"

namespace salestream::rejects {
namespace {

using std::chrono::milliseconds;

constexpr int kLookingShare = 20;  // looking takes at most one part in so many

}  // namespace

OpenRejects::OpenRejects(store::Store& store, Intervals intervals) : store_(store), intervals_(intervals) {
  thread_.start([this] { watch(); });
}

OpenRejects::~OpenRejects() { stop_within({}); }

std::optional<ResentCount> OpenRejects::count(std::int64_t stored_rejects) { return count_within(stored_rejects, {}); }

std::optional<ResentCount> OpenRejects::count_within(std::int64_t stored_rejects, milliseconds wait) {
  if (stored_rejects == 0) return ResentCount{};
  const base::MutexLock lock(mutex_);
  if (stored_rejects_ == 0) changed_.notify_all();  // there is something to look at now
  stored_rejects_ = std::max(stored_rejects_, stored_rejects);
  if (wait > milliseconds(0))
    changed_.wait_for(mutex_, wait, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return has_looked_; });
  return known(stored_rejects);
}

std::optional<ResentCount> OpenRejects::known(std::int64_t stored_rejects) const {
  if (!found_ || !found_->resent) return std::nullopt;
  // Counts of rejected messages only grow. Who knows of fewer than were counted may not know of some that were sent.
  const std::int64_t not_stored = std::max<std::int64_t>(0, found_->stored_rejects - stored_rejects);
  const std::int64_t resent = std::max<std::int64_t>(0, *found_->resent - not_stored);
  return ResentCount{stored_rejects - resent, resent};
}

void OpenRejects::interrupt() {
  thread_.interrupt();
  const base::MutexLock lock(mutex_);
  changed_.notify_all();
}

bool OpenRejects::stop_within(milliseconds wait) {
  interrupt();
  return thread_.stop_within(wait);
}

void OpenRejects::watch() {
  auto next_look = Clock::now();
  base::MutexLock lock(mutex_);
  for (;;) {
    changed_.wait_until(mutex_, next_look, [this] { return thread_.is_interrupted().load(); });
    changed_.wait(mutex_, [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
      return stored_rejects_ > 0 || thread_.is_interrupted();
    });
    if (thread_.is_interrupted()) return;
    const std::int64_t stored_rejects = stored_rejects_;
    lock.unlock();
    const auto began = Clock::now();
    const base::Status looked = look(stored_rejects);
    // While a store is unavailable others say so, and what was found stays true.
    if (!looked.ok() && looked.error().kind != base::ErrorKind::kRetriable && !thread_.is_interrupted() &&
        !std::exchange(said_unreadable_, true))
      base::log_warning("how many rejected messages were sent again can't be read: " + looked.error().message);
    const auto now = Clock::now();
    next_look = now + std::max<Clock::duration>(intervals_.look, (now - began) * kLookingShare);
    lock.lock();
    has_looked_ = true;
    changed_.notify_all();
  }
}

base::Status OpenRejects::look(std::int64_t stored_rejects) {
  if (!records_) {
    SALESTREAM_ASSIGN(records_, store_.resends());
  }
  SALESTREAM_ASSIGN(const RejectStates states, RejectStates::read(*records_));
  const std::size_t sent_resends = states.count_sent();
  if (is_found(stored_rejects, sent_resends, Clock::now())) return {};
  std::optional<std::int64_t> resent = 0;
  if (sent_resends > 0) {
    // Made for each count: one of SQLite's is a transaction, during which its WAL can't be cut.
    SALESTREAM_ASSIGN(const auto inspection, store_.inspect());
    SALESTREAM_ASSIGN(const std::optional<ResentCount> counted,
                      count_resent(*inspection, states, stored_rejects, &thread_.is_interrupted()));
    resent = counted ? std::optional(counted->resent) : std::nullopt;
  }
  const base::MutexLock lock(mutex_);
  found_ = Found{stored_rejects, resent, sent_resends, Clock::now()};
  return {};
}

// Whether what was found before is still all that a count could find, or is good enough for now.
bool OpenRejects::is_found(std::int64_t stored_rejects, std::size_t sent_resends, Clock::time_point now) {
  const base::MutexLock lock(mutex_);
  if (!found_) return false;
  if (!found_->resent) return true;  // too many then, and there are no fewer now
  if (found_->sent_resends != sent_resends) return false;
  return found_->stored_rejects == stored_rejects || now - found_->at < intervals_.recount;
}

}  // namespace salestream::rejects
