// SPDX-License-Identifier: Apache-2.0
#include "kafka/client.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/logging.h"

namespace salestream::kafka {
namespace {

constexpr int kErrorLinesPerSecond = 2;

base::RateLimitedWarnings& warnings() {
  static base::RateLimitedWarnings lines(kErrorLinesPerSecond);
  return lines;
}

bool log_fatal(rd_kafka_t* client, int code) {
  if (code != RD_KAFKA_RESP_ERR__FATAL) return false;
  char text[512];
  rd_kafka_fatal_error(client, text, sizeof text);
  warnings().write(base::LogLevel::kError, fmt::format("Kafka: fatal: {}", base::printable(text, 400)));
  return true;
}

// Brokers are unreachable: librdkafka goes on trying for as long as it is let, so this is a warning and not a failure.
void on_error(rd_kafka_t* client, int code, const char* reason, void*) {
  if (log_fatal(client, code)) return;
  warnings().write(base::LogLevel::kWarning, fmt::format("Kafka: {}; trying again", base::printable(reason, 400)));
}

// A refused password, say, is worth a warning: the question ends with no more than that nobody answers.
void on_error_of_question(rd_kafka_t* client, int code, const char* reason, void* was_refused) {
  if (log_fatal(client, code)) return;
  const std::string text = "Kafka: " + base::printable(reason, 400);
  if (std::string_view(reason).find("Connection refused") != std::string_view::npos)
    *static_cast<std::atomic<bool>*>(was_refused) = true;
  else if (code != RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN)
    return warnings().write(base::LogLevel::kWarning, text);
  base::log_debug(text);
}

// librdkafka's own lines repeat what on_error says, in its own words: for debugging.
void on_log(const rd_kafka_t*, int, const char* facility, const char* text) {
  base::log_debug(fmt::format("librdkafka {}: {}", facility, base::printable(text, 400)));
}

using OnError = void(rd_kafka_t*, int, const char*, void*);

base::Result<Client> new_client(rd_kafka_type_t type, Configuration configuration, OnError* on_error_of_client) {
  rd_kafka_conf_set_error_cb(configuration.get(), on_error_of_client);
  rd_kafka_conf_set_log_cb(configuration.get(), on_log);
  char text[512];
  Client client(rd_kafka_new(type, configuration.get(), text, sizeof text));
  if (!client) return base::usage_error(fmt::format("source.kafka: librdkafka refuses this configuration: {}", text));
  (void)configuration.release();  // the client owns it now
  return client;
}

}  // namespace

PropertyStatus set_property(rd_kafka_conf_t* configuration, const std::string& name, const std::string& value) {
  char text[512];
  switch (rd_kafka_conf_set(configuration, name.c_str(), value.c_str(), text, sizeof text)) {
    case RD_KAFKA_CONF_OK: return PropertyStatus::kGood;
    case RD_KAFKA_CONF_UNKNOWN: return PropertyStatus::kUnknown;
    case RD_KAFKA_CONF_INVALID: break;
  }
  return PropertyStatus::kBadValue;
}

base::Result<Configuration> make_configuration(const Properties& properties) {
  Configuration configuration(rd_kafka_conf_new());
  for (const auto& [name, value] : properties) {
    switch (set_property(configuration.get(), name, value)) {
      case PropertyStatus::kGood: break;
      case PropertyStatus::kUnknown:
        return base::usage_error(
            fmt::format("source.kafka.{}: {} knows no such property; its CONFIGURATION.md lists them all", name,
                        library_version()));
      case PropertyStatus::kBadValue:
        return base::usage_error(
            fmt::format("source.kafka.{}: librdkafka does not accept the value that the pipeline file gives", name));
    }
  }
  return configuration;
}

void set(rd_kafka_conf_t* configuration, const char* name, const std::string& value) {
  char text[512];
  SALESTREAM_CHECK(rd_kafka_conf_set(configuration, name, value.c_str(), text, sizeof text) == RD_KAFKA_CONF_OK);
}

base::Result<Client> make_client(rd_kafka_type_t type, Configuration configuration) {
  return new_client(type, std::move(configuration), on_error);
}

base::Result<Client> make_asking_client(rd_kafka_type_t type, Configuration configuration,
                                        std::atomic<bool>& was_refused) {
  rd_kafka_conf_set_opaque(configuration.get(), &was_refused);
  return new_client(type, std::move(configuration), on_error_of_question);
}

base::Result<Topic> make_topic(rd_kafka_t* client, const std::string& name) {
  Topic topic(rd_kafka_topic_new(client, name.c_str(), nullptr));
  if (topic == nullptr)
    return base::usage_error(fmt::format("source.kafka: topic {}: {}", name, error_text(rd_kafka_last_error())));
  return topic;
}

void wake_fetchers(rd_kafka_t* client, const std::string& topic, const std::vector<std::int32_t>& partitions) {
  const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
  for (const std::int32_t partition : partitions)
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), partition)->offset =
        0;  // as a time: the first message
  rd_kafka_offsets_for_times(client, list.get(), 0);
}

rd_kafka_resp_err_t assign(rd_kafka_t* client, const rd_kafka_topic_partition_list_t* partitions) {
  // librdkafka's main thread has put the stops behind the assignment that they are of, and puts what comes of them
  // behind those. A question to that thread is answered after what stands before it: the first after the stops, the
  // second after what came of them. Not after this assignment: a consumer that is being closed may end with it, and
  // then drops questions without an answer.
  for (int question = 0; question < 2; ++question) {
    rd_kafka_topic_partition_list_t* assigned = nullptr;
    if (rd_kafka_assignment(client, &assigned) == RD_KAFKA_RESP_ERR_NO_ERROR)
      rd_kafka_topic_partition_list_destroy(assigned);
  }
  return rd_kafka_assign(client, partitions);
}

std::string error_text(rd_kafka_resp_err_t code) {
  return fmt::format("{} ({})", rd_kafka_err2str(code), rd_kafka_err2name(code));
}

std::string bootstrap_servers(const Properties& properties) {
  const auto found = properties.find("bootstrap.servers");
  return found == properties.end() ? "no bootstrap.servers" : found->second;
}

std::string value_of(const Properties& properties, const std::string& name) {
  const auto found = properties.find(name);
  return found == properties.end() ? "" : found->second;
}

bool is_retriable(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__MSG_TIMED_OUT:
    case RD_KAFKA_RESP_ERR__WAIT_COORD:
    case RD_KAFKA_RESP_ERR__WAIT_CACHE:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION:
    case RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT:
    case RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION:
    case RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS:
    case RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE:
    case RD_KAFKA_RESP_ERR_NOT_COORDINATOR:
    case RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR:
    case RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH:
    case RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE:  // a new leader does not know the end yet
    case RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS: return true;
    default: return false;
  }
}

}  // namespace salestream::kafka
