// SPDX-License-Identifier: Apache-2.0
#include "kafka/ensure_topic.h"

#include <fmt/format.h>

#include <chrono>
#include <optional>
#include <thread>

#include "kafka/admin.h"

namespace salestream::kafka {
namespace {

constexpr std::chrono::seconds kVisibleWait{10};
constexpr std::chrono::milliseconds kVisibleInterval{50};

// A broker says that a topic is made before it knows of it itself; a producer that begins next must find it there.
base::Result<int> wait_until_visible(TopicAdmin& admin, const std::string& topic) {
  for (const auto give_up = std::chrono::steady_clock::now() + kVisibleWait;;) {
    SALESTREAM_ASSIGN(const std::optional<int> partitions, admin.partition_count());
    if (partitions.value_or(0) > 0) return *partitions;
    if (std::chrono::steady_clock::now() > give_up)
      return base::failure(fmt::format("topic {} was made, but Kafka does not show it {} s later; see its log", topic,
                                       kVisibleWait.count()));
    std::this_thread::sleep_for(kVisibleInterval);
  }
}

}  // namespace

base::Result<EnsuredTopic> ensure_topic(const std::map<std::string, std::string>& properties,
                                        const WantedTopic& wanted) {
  SALESTREAM_ASSIGN(const auto admin, TopicAdmin::connect(properties, wanted.name));
  EnsuredTopic ensured;
  SALESTREAM_ASSIGN(ensured.was_created, admin->create_topic(wanted.partitions, wanted.replication_factor));
  SALESTREAM_ASSIGN(ensured.partitions, wait_until_visible(*admin, wanted.name));
  return ensured;
}

}  // namespace salestream::kafka
