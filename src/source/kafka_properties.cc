// SPDX-License-Identifier: Apache-2.0
#include "source/kafka_properties.h"

#include <string>
#include <utility>

namespace salestream::source {

// Sizes keep the memory for fetched messages within some 32 MiB, a full queue and the one fetch that may come on top of
// it: at a million messages a second that is still several fetches ahead.
kafka::Properties with_consumer_defaults(kafka::Properties properties) {
  static const kafka::Properties defaults{
      {"partition.assignment.strategy", "range,roundrobin"},
      {"client.id", "salestream"},
      {"queued.min.messages", std::to_string(kQueuedMessages)},
      {"queued.max.messages.kbytes", "16384"},
      {"fetch.message.max.bytes", "1048576"},
      {"fetch.max.bytes", "16777216"},
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
