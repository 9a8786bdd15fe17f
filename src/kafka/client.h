// SPDX-License-Identifier: Apache-2.0
// What consumers, producers and admin calls share: configuration from the pipeline file's properties, clients that log
// errors at a bounded rate, and error texts. Included by .cc files of adapters only. Any thread; never waits for a
// broker.
#pragma once

#include <atomic>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "kafka/handles.h"
#include "kafka/properties.h"

namespace salestream::kafka {

using Properties = std::map<std::string, std::string>;

// Empty: it is not said.
std::string value_of(const Properties& properties, const std::string& name);

// Sets what a pipeline file says.
PropertyStatus set_property(rd_kafka_conf_t* configuration, const std::string& name, const std::string& value);

// A configuration with these properties. A property that librdkafka doesn't know, or a bad value, is a usage error that
// names the property but never its value, which may be a secret.
base::Result<Configuration> make_configuration(const Properties& properties);

// Sets what the program itself decides; an error there is a mistake in this program.
void set(rd_kafka_conf_t* configuration, const char* name, const std::string& value);

// Consumes the configuration. Errors of brokers go to the program's log, a few a second at most; librdkafka's own lines
// go there for debugging.
base::Result<Client> make_client(rd_kafka_type_t type, Configuration configuration);

// The same, for a client that asks and gives up: a broker that can't be reached is what its question ends with, so that
// is not logged before. `was_refused` outlives the client, and is set when a broker refuses a connection.
base::Result<Client> make_asking_client(rd_kafka_type_t type, Configuration configuration,
                                        std::atomic<bool>& was_refused);

// A handle of the topic, whether or not it exists; it has to end before the client. An impossible name is a usage
// error.
base::Result<Topic> make_topic(rd_kafka_t* client, const std::string& name);

// A broker thread of librdkafka looks at what it could fetch only when something wakes it, or after a second: a
// partition that has just been assigned, or whose queue has been emptied, may wait that long (fetch.queue.backoff.ms
// came after Debian's 2.0.2). Any request to the partitions' leaders wakes them; this asks for an offset, and does not
// wait for the answer.
void wake_fetchers(rd_kafka_t* client, const std::string& topic, const std::vector<std::int32_t>& partitions);

// As rd_kafka_assign, which all of this program's assignments go through: nullptr for none. Waits until the partitions
// that the assignment before this one took away have been stopped: librdkafka (2.0.2; 2.15 reads the same) stops them
// twice when they are assigned again meanwhile, and then aborts at `rktp->rktp_started` in rdkafka_assignment.c.
rd_kafka_resp_err_t assign(rd_kafka_t* client, const rd_kafka_topic_partition_list_t* partitions);

// "Local: Broker transport failure", and where: the bootstrap servers.
std::string error_text(rd_kafka_resp_err_t code);
std::string bootstrap_servers(const Properties& properties);

// Whether the same call may succeed later: unavailable brokers, time-outs, elections.
bool is_retriable(rd_kafka_resp_err_t code);

}  // namespace salestream::kafka
