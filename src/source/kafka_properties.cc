// SPDX-License-Identifier: Apache-2.0
#include "source/kafka_properties.h"

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <string>
#include <utility>

namespace salestream::source {
namespace {

// What a fetch has, over all partitions of a broker; or one batch of Kafka's that is longer. librdkafka refuses less
// than the longest message, where both are said.
std::string fetch_bytes(const kafka::Properties& properties) {
  constexpr std::int64_t kFetchBytes = 1 << 20;
  std::int64_t longest = 0;
  const std::string said = kafka::value_of(properties, "message.max.bytes");
  std::from_chars(said.data(), said.data() + said.size(), longest);
  return std::to_string(std::max(kFetchBytes, longest));
}

}  // namespace

// Sizes keep the memory for fetched messages within some 32 MiB: a full queue, 16 MiB, and the fetches that may come on
// top of it, one of each broker. Where messages have next to no bytes it is 30,000 in the queue and the 150,000 of a
// fetch, of which each takes some 250 bytes besides its own: 1 MiB from each of three brokers is 110 MiB then, and was
// 16 MiB from each. At a million messages a second that is still several fetches ahead.
kafka::Properties with_consumer_defaults(kafka::Properties properties) {
  const kafka::Properties defaults{
      {"partition.assignment.strategy", "range,roundrobin"},
      {"client.id", "salestream"},
      {"queued.min.messages", std::to_string(kQueuedMessages)},
      {"queued.max.messages.kbytes", std::to_string(kQueuedBytes / 1024)},
      {"fetch.message.max.bytes", "1048576"},
      {"fetch.max.bytes", fetch_bytes(properties)},
      {"fetch.error.backoff.ms", "100"},
      {"session.timeout.ms", "10000"},
      {"reconnect.backoff.max.ms", "2000"},
      {"topic.metadata.refresh.interval.ms", "5000"},
      {"socket.keepalive.enable", "true"},
  };
  properties.insert(defaults.begin(), defaults.end());
  return properties;
}

// What the program decides comes last, whatever the pipeline file says: the reader of pipeline files refuses these
// there.
base::Result<kafka::Configuration> make_consumer_configuration(const kafka::Properties& properties) {
  SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(properties));
  kafka::set(configuration.get(), "enable.auto.commit", "false");
  kafka::set(configuration.get(), "enable.auto.offset.store", "false");
  kafka::set(configuration.get(), "enable.partition.eof", "true");
  kafka::set(configuration.get(), "auto.offset.reset",
             "error");  // an offset that does not exist: offset_verdict decides
  kafka::set(configuration.get(), "isolation.level", "read_committed");
  return configuration;
}

}  // namespace salestream::source
