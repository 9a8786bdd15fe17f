// SPDX-License-Identifier: Apache-2.0
#include "engine/partitions_elsewhere.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <utility>

namespace salestream::engine {
namespace {

using std::chrono::steady_clock;

constexpr std::chrono::milliseconds kProgressReadInterval{500};
constexpr std::chrono::seconds kStandsStill{5};

}  // namespace

PartitionsElsewhere::PartitionsElsewhere(const SourceAtStart& at_start, source::Source& source,
                                         std::unique_ptr<store::Session> session, base::RateLimitedWarnings& warnings)
    : source_(source), session_(std::move(session)), warnings_(warnings), open_(at_start.ends) {
  for (const core::PartitionId empty : at_start.empty) open_.erase(empty);
}

bool PartitionsElsewhere::are_counted(const std::set<core::PartitionId>& here) {
  std::set<core::PartitionId> open;
  for (const auto& [partition, end] : open_)
    if (!here.contains(partition)) open.insert(partition);
  if (open.empty()) return true;
  if (steady_clock::now() - asked_ >= kProgressReadInterval) {
    ask(open);
    asked_ = steady_clock::now();
  }
  return false;  // at the next look, with what is known then
}

void PartitionsElsewhere::ask(const std::set<core::PartitionId>& open) {
  const auto stored = session_->read_progress();
  if (!stored.ok()) {
    warnings_.write(base::LogLevel::kWarning, stored.error().message + "; trying again until it works");
    return;
  }
  for (const core::PartitionProgress& progress : *stored) {
    if (!open.contains(progress.partition)) continue;
    if (progress.next_offset >= open_.at(progress.partition) || stands_still(progress.partition, progress.next_offset))
      open_.erase(progress.partition);
  }
  std::set<core::PartitionId> waited_for;
  for (const core::PartitionId partition : open)
    if (open_.contains(partition)) waited_for.insert(partition);
  if (!waited_for.empty())
    warnings_.write(base::LogLevel::kInfo,
                    fmt::format("{}: other members of the consumer group have partition {}; waiting until what stood "
                                "there at the start of this run has been counted",
                                source_.where(), fmt::join(waited_for, ", ")));
}

// Behind the last message a source may have offsets without one, such as the end of a Kafka transaction: progress,
// which knows of messages only, never gets beyond them.
bool PartitionsElsewhere::stands_still(core::PartitionId partition, core::Offset next) {
  Place& place = places_[partition];
  if (place.next != next) {
    place = {next, steady_clock::now()};
    return false;
  }
  if (steady_clock::now() - place.since < kStandsStill) return false;
  place.since = steady_clock::now();
  const auto message = source_.message_at(partition, next);
  return message.ok() && !message->has_value();
}

}  // namespace salestream::engine
