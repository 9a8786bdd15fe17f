// SPDX-License-Identifier: Apache-2.0
// Questions about one topic, and its creation, without joining a consumer group. Thread-safe. Calls wait for the broker
// for at most kAdminTimeout. One that does not answer in time is a retriable error, as is, at once, an address where
// nothing listens, and an answer that may be another soon; a refusal is a failure.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace salestream::kafka {

inline constexpr std::chrono::milliseconds kAdminTimeout{10'000};

struct Watermarks {
  std::int64_t low = 0;   // the first offset that exists
  std::int64_t high = 0;  // where reading ends: before the first transaction that is open (the last stable offset)
};

struct TopicMessage {
  std::int64_t offset = 0;
  std::int64_t timestamp_ms = -1;  // -1: it has none
  std::string payload;
};

// One connection for questions about one topic. Thread-safe.
class TopicAdmin {
 public:
  static base::Result<std::unique_ptr<TopicAdmin>> connect(const std::map<std::string, std::string>& properties,
                                                           const std::string& topic);
  ~TopicAdmin();
  TopicAdmin(const TopicAdmin&) = delete;
  TopicAdmin& operator=(const TopicAdmin&) = delete;

  // The number of partitions; nothing when the topic does not exist.
  base::Result<std::optional<int>> partition_count();
  base::Result<Watermarks> watermarks(std::int32_t partition);
  // Of the first `partitions` of them, in two questions whose answers come from all brokers at once.
  base::Result<std::vector<Watermarks>> all_watermarks(int partitions);
  // The offsets that the next messages will get (high watermarks), be what stands before them committed or not.
  base::Result<std::vector<std::int64_t>> log_ends(int partitions);
  // The first message at or after `offset`; nothing when there is none.
  base::Result<std::optional<TopicMessage>> message_at(std::int32_t partition, std::int64_t offset);
  // The members that a consumer group has now, as "client id at host".
  base::Result<std::vector<std::string>> group_members(const std::string& group);
  // True: it was made. False: it was there already.
  base::Result<bool> create_topic(int partitions, int replication_factor);
  // What the broker does with old messages (cleanup.policy): "delete", "compact" or both. Takes a right of its own.
  base::Result<std::string> cleanup_policy();
  // The name that a cluster gave itself when it was made, the same at each of its brokers.
  base::Result<std::string> cluster_id();

 private:
  class Implementation;
  explicit TopicAdmin(std::unique_ptr<Implementation> implementation);
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::kafka
