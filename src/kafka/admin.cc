// SPDX-License-Identifier: Apache-2.0
#include "kafka/admin.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <numeric>

#include "base/mutex.h"
#include "kafka/client.h"
#include "kafka/refusal.h"

namespace salestream::kafka {
namespace {

constexpr std::chrono::milliseconds kFirstAnswerWait{100};
constexpr int kTimeoutMs = static_cast<int>(kAdminTimeout.count());
constexpr std::chrono::milliseconds kFirstWait{20},
    kLongestWait{640};  // for a message, until its fetcher is woken again

// Nobody has answered; other errors are a broker's answer.
bool is_silence(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
    case RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN:
    case RD_KAFKA_RESP_ERR__RESOLVE: return true;
    default: return false;
  }
}

std::vector<std::int32_t> first_partitions(int count) {
  std::vector<std::int32_t> partitions(static_cast<std::size_t>(count));
  std::iota(partitions.begin(), partitions.end(), 0);
  return partitions;
}

base::Error to_error(rd_kafka_resp_err_t code, const std::string& doing, const std::string& servers) {
  if (is_silence(code))
    return base::retriable(fmt::format(
        "{}: no answer from Kafka at {} within {} s: {}; is the broker running, and is bootstrap.servers right?", doing,
        servers, kTimeoutMs / 1000, error_text(code)));
  if (is_retriable(code))
    return base::retriable(fmt::format("{}: Kafka at {} says: {}; this may pass", doing, servers, error_text(code)));
  return base::failure(fmt::format("{}: Kafka at {} says: {}", doing, servers, error_text(code)));
}

// A client that only asks must not join the group, nor take a member's place in it.
Properties without_group(Properties properties) {
  properties["group.id"] += "-admin";  // librdkafka assigns partitions to group members only; this one never joins
  properties.erase("group.instance.id");
  return properties;
}

}  // namespace

// librdkafka reports a refused password or certificate in a callback, which only a poll calls: without it the user
// would learn no more than that nobody answers.
class ReportErrorsAtEnd {
 public:
  explicit ReportErrorsAtEnd(rd_kafka_t* client) : client_(client) {}
  ~ReportErrorsAtEnd() { rd_kafka_poll(client_, 0); }

 private:
  rd_kafka_t* client_;
};

class TopicAdmin::Implementation {
 public:
  Implementation(Properties properties, std::string topic)
      : properties_(std::move(properties)), topic_(std::move(topic)), servers_(bootstrap_servers(properties_)) {}

  // First of all.
  base::Status connect(Configuration configuration) {
    SALESTREAM_ASSIGN(client_, make_asking_client(RD_KAFKA_CONSUMER, std::move(configuration), was_refused_));
    return {};
  }

  base::Result<std::optional<int>> partition_count() {
    const ReportErrorsAtEnd errors(client_.get());
    SALESTREAM_TRY(reach(doing("looking at")));
    SALESTREAM_ASSIGN(const Topic topic, make_topic(client_.get(), topic_));
    const rd_kafka_metadata_t* raw = nullptr;
    const auto code = rd_kafka_metadata(client_.get(), 0, topic.get(), &raw, kTimeoutMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(code, doing("looking at"), servers_);
    const Metadata metadata(raw);
    if (metadata->topic_cnt != 1) return base::failure(fmt::format("{}: Kafka gave no answer", doing("looking at")));
    const rd_kafka_metadata_topic_t& found = metadata->topics[0];
    if (found.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART) return std::optional<int>();
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(found.err, doing("looking at"), servers_);
    return std::optional<int>(found.partition_cnt);
  }

  base::Result<std::vector<Watermarks>> watermarks(const std::vector<std::int32_t>& partitions) {
    const ReportErrorsAtEnd errors(client_.get());
    SALESTREAM_ASSIGN(const auto low, offsets_at(client_, partitions, RD_KAFKA_OFFSET_BEGINNING));
    SALESTREAM_ASSIGN(const auto high, offsets_at(client_, partitions, RD_KAFKA_OFFSET_END));
    std::vector<Watermarks> marks;
    for (std::size_t i = 0; i < partitions.size(); ++i) marks.push_back({low[i], high[i]});
    return marks;
  }

  base::Result<std::vector<std::int64_t>> log_ends(const std::vector<std::int32_t>& partitions) {
    const base::MutexLock lock(uncommitted_mutex_);
    if (!uncommitted_) {
      SALESTREAM_ASSIGN(Configuration configuration, make_configuration(properties_));
      set(configuration.get(), "isolation.level", "read_uncommitted");
      SALESTREAM_ASSIGN(uncommitted_, make_asking_client(RD_KAFKA_CONSUMER, std::move(configuration), was_refused_));
    }
    const ReportErrorsAtEnd errors(uncommitted_.get());
    return offsets_at(uncommitted_, partitions, RD_KAFKA_OFFSET_END);
  }

  // Of the partition that was just assigned; nothing when none comes in time.
  MessageHandle first_message(std::int32_t partition) {
    const auto give_up = std::chrono::steady_clock::now() + kAdminTimeout;
    for (auto wait = kFirstWait;; wait = std::min(2 * wait, kLongestWait)) {
      MessageHandle message(rd_kafka_consumer_poll(client_.get(), static_cast<int>(wait.count())));
      if (message || std::chrono::steady_clock::now() >= give_up) return message;
      wake_fetchers(client_.get(), topic_, {partition});
    }
  }

  base::Result<std::optional<TopicMessage>> message_at(std::int32_t partition, std::int64_t offset) {
    SALESTREAM_ASSIGN(const std::vector<Watermarks> marks, watermarks({partition}));
    if (offset >= marks[0].high) return std::optional<TopicMessage>();

    // One reader for all questions: simple consumption of one topic is once at a time.
    const base::MutexLock lock(reading_);
    const PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = std::max(offset, marks[0].low);
    const auto assigned = assign(client_.get(), list.get());
    if (assigned != RD_KAFKA_RESP_ERR_NO_ERROR) return to_error(assigned, doing("reading"), servers_);
    std::optional<TopicMessage> found;
    rd_kafka_resp_err_t failed = RD_KAFKA_RESP_ERR__TIMED_OUT;
    const MessageHandle message = first_message(partition);
    if (message) {
      failed = message->err;
      if (failed == RD_KAFKA_RESP_ERR_NO_ERROR)
        found = {message->offset, rd_kafka_message_timestamp(message.get(), nullptr),
                 std::string(static_cast<const char*>(message->payload), message->len)};
      if (failed == RD_KAFKA_RESP_ERR__PARTITION_EOF) failed = RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    assign(client_.get(), nullptr);
    if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
      return to_error(failed, doing(fmt::format("reading partition {} of", partition)), servers_);
    return found;
  }

  base::Result<std::vector<std::string>> group_members(const std::string& group) {
    const ReportErrorsAtEnd errors(client_.get());
    const std::string asking = fmt::format("asking for the members of the consumer group {}", group);
    SALESTREAM_TRY(reach(asking));
    const Queue answers(rd_kafka_queue_new(client_.get()));
    const AdminOptions options(rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS));
    char text[512];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, text, sizeof text);
    const char* groups[] = {group.c_str()};
    rd_kafka_DescribeConsumerGroups(client_.get(), groups, 1, options.get(), answers.get());
    SALESTREAM_ASSIGN(const Event event, answer_of(answers, asking));
    std::size_t count = 0;
    const rd_kafka_ConsumerGroupDescription_t** described = rd_kafka_DescribeConsumerGroups_result_groups(
        rd_kafka_event_DescribeConsumerGroups_result(event.get()), &count);
    if (count != 1) return base::failure(fmt::format("{}: Kafka gave no answer", asking));
    if (const rd_kafka_error_t* error = rd_kafka_ConsumerGroupDescription_error(described[0]); error != nullptr)
      return to_error(rd_kafka_error_code(error), asking, servers_);
    std::vector<std::string> members;
    for (std::size_t i = 0; i < rd_kafka_ConsumerGroupDescription_member_count(described[0]); ++i) {
      const rd_kafka_MemberDescription_t* member = rd_kafka_ConsumerGroupDescription_member(described[0], i);
      std::string_view host = rd_kafka_MemberDescription_host(member);  // Kafka writes it as "/10.0.0.1"
      if (host.starts_with('/')) host.remove_prefix(1);
      members.push_back(fmt::format("{} at {}", rd_kafka_MemberDescription_client_id(member), host));
    }
    return members;
  }

  base::Result<bool> create_topic(int partitions, int replication_factor) {
    const ReportErrorsAtEnd errors(client_.get());
    char text[512];
    NewTopic wanted(rd_kafka_NewTopic_new(topic_.c_str(), partitions, replication_factor, text, sizeof text));
    if (!wanted) return base::usage_error(fmt::format("source.kafka: topic {}: {}", topic_, text));
    SALESTREAM_TRY(reach(doing("making")));
    const Queue answers(rd_kafka_queue_new(client_.get()));
    rd_kafka_NewTopic_t* topics[] = {wanted.get()};
    rd_kafka_CreateTopics(client_.get(), topics, 1, nullptr, answers.get());
    SALESTREAM_ASSIGN(const Event event, answer_of(answers, doing("making")));
    std::size_t count = 0;
    const rd_kafka_topic_result_t** results =
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event.get()), &count);
    if (count != 1) return base::failure(fmt::format("{}: Kafka gave no answer", doing("making")));
    const auto code = rd_kafka_topic_result_error(results[0]);
    if (code == RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS) return false;
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) {
      const char* detail = rd_kafka_topic_result_error_string(results[0]);
      return base::failure(fmt::format("{}: Kafka at {} says: {}", doing("making"), servers_,
                                       detail != nullptr ? detail : rd_kafka_err2str(code)));
    }
    return true;
  }

  base::Result<std::string> cleanup_policy() {
    const ReportErrorsAtEnd errors(client_.get());
    const std::string asking = doing("asking for the configuration of");
    SALESTREAM_TRY(reach(asking));
    const ConfigResource wanted(rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic_.c_str()));
    const Queue answers(rd_kafka_queue_new(client_.get()));
    const AdminOptions options(rd_kafka_AdminOptions_new(client_.get(), RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS));
    char text[512];
    rd_kafka_AdminOptions_set_request_timeout(options.get(), kTimeoutMs, text, sizeof text);
    rd_kafka_ConfigResource_t* resources[] = {wanted.get()};
    rd_kafka_DescribeConfigs(client_.get(), resources, 1, options.get(), answers.get());
    SALESTREAM_ASSIGN(const Event event, answer_of(answers, asking));
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** described =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event.get()), &count);
    if (count != 1) return base::failure(fmt::format("{}: Kafka gave no answer", asking));
    if (const auto code = rd_kafka_ConfigResource_error(described[0]); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return to_error(code, asking, servers_);
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(described[0], &count);
    for (std::size_t i = 0; i < count; ++i) {
      const char* const value = rd_kafka_ConfigEntry_value(entries[i]);
      if (std::string_view(rd_kafka_ConfigEntry_name(entries[i])) == "cleanup.policy" && value != nullptr)
        return std::string(value);
    }
    return base::failure(fmt::format("{}: Kafka did not say its cleanup.policy", asking));
  }

  base::Result<std::string> cluster_id() {
    const ReportErrorsAtEnd errors(client_.get());
    SALESTREAM_TRY(reach("asking for the cluster's name"));
    char* const found = rd_kafka_clusterid(client_.get(), kTimeoutMs);
    if (found == nullptr) return to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, "asking for the cluster's name", servers_);
    std::string id(found);
    rd_kafka_mem_free(client_.get(), found);
    return id;
  }

 private:
  // The event that answers an admin request.
  base::Result<Event> answer_of(const Queue& answers, const std::string& asking) const {
    Event event(rd_kafka_queue_poll(answers.get(), kTimeoutMs));
    if (!event) return to_error(RD_KAFKA_RESP_ERR__TIMED_OUT, asking, servers_);
    if (const auto code = rd_kafka_event_error(event.get()); code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return to_error(code, asking, servers_);
    return event;
  }

  // Before the first question. librdkafka waits for a broker to come up until the time is over, also where each one has
  // refused the connection: nobody waits for that.
  base::Status reach(const std::string& asking) {
    if (is_reached_) return {};
    const auto give_up = std::chrono::steady_clock::now() + kAdminTimeout;
    for (auto wait = kFirstAnswerWait;; wait *= 2) {
      const auto left =
          std::chrono::duration_cast<std::chrono::milliseconds>(give_up - std::chrono::steady_clock::now());
      const rd_kafka_metadata_t* raw = nullptr;
      const auto code = rd_kafka_metadata(client_.get(), 0, nullptr, &raw,
                                          static_cast<int>(std::max(kFirstWait, std::min(wait, left)).count()));
      const Metadata metadata(raw);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) {
        is_reached_ = true;
        return {};
      }
      rd_kafka_poll(client_.get(), 0);  // calls what sets was_refused_
      if (was_refused_.exchange(false) && is_refused_everywhere(servers_))
        return base::retriable(
            fmt::format("{}: no answer from Kafka at {}: Connection refused; is the broker running, and is "
                        "bootstrap.servers right?",
                        asking, servers_));
      if (left <= wait || !is_retriable(code)) return to_error(code, asking, servers_);
    }
  }

  // Not by rd_kafka_query_watermark_offsets: in librdkafka 2.0.2 that forgets its time limit while the leader it knows
  // of is unavailable.
  base::Result<std::vector<std::int64_t>> offsets_at(const Client& client, const std::vector<std::int32_t>& partitions,
                                                     std::int64_t end) {
    if (partitions.empty()) return std::vector<std::int64_t>();
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions.size())));
    for (const std::int32_t each : partitions)
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), each)->offset = end;
    const auto code = rd_kafka_offsets_for_times(client.get(), list.get(), kTimeoutMs);
    std::vector<std::int64_t> offsets;
    for (int i = 0; i < list->cnt; ++i) {
      const rd_kafka_topic_partition_t& found = list->elems[i];
      const auto failed = code != RD_KAFKA_RESP_ERR_NO_ERROR ? code : found.err;
      if (failed != RD_KAFKA_RESP_ERR_NO_ERROR)
        return to_error(failed, doing(fmt::format("asking for the ends of partition {} of", found.partition)),
                        servers_);
      offsets.push_back(found.offset);
    }
    return offsets;
  }

  std::string doing(const std::string& verb) const { return fmt::format("{} topic {}", verb, topic_); }

  std::atomic<bool> was_refused_{false};  // before the clients, which set it
  std::atomic<bool> is_reached_{false};
  Client client_;
  const Properties properties_;
  const std::string topic_;
  const std::string servers_;
  base::Mutex reading_;  // of what the client is assigned to
  // A broker tells each client the end that its isolation level lets it read to. Made when it is first asked.
  base::Mutex uncommitted_mutex_;
  Client uncommitted_ ABSL_GUARDED_BY(uncommitted_mutex_);
};

TopicAdmin::TopicAdmin(std::unique_ptr<Implementation> implementation) : implementation_(std::move(implementation)) {}
TopicAdmin::~TopicAdmin() = default;

base::Result<std::unique_ptr<TopicAdmin>> TopicAdmin::connect(const std::map<std::string, std::string>& properties,
                                                              const std::string& topic) {
  Properties without = without_group(properties);
  SALESTREAM_ASSIGN(Configuration configuration, make_configuration(without));
  set(configuration.get(), "enable.partition.eof", "true");
  set(configuration.get(), "enable.auto.commit", "false");
  // One message at a time is asked for: a broker need not send what comes behind it.
  set(configuration.get(), "fetch.message.max.bytes", "1");
  set(configuration.get(), "queued.min.messages", "1");
  // A fetch that waits at the partition's end would hold up the next question.
  set(configuration.get(), "fetch.wait.max.ms", "10");
  auto implementation = std::make_unique<Implementation>(std::move(without), topic);
  SALESTREAM_TRY(implementation->connect(std::move(configuration)));
  return std::unique_ptr<TopicAdmin>(new TopicAdmin(std::move(implementation)));
}

base::Result<std::optional<int>> TopicAdmin::partition_count() { return implementation_->partition_count(); }
base::Result<Watermarks> TopicAdmin::watermarks(std::int32_t partition) {
  SALESTREAM_ASSIGN(const std::vector<Watermarks> marks, implementation_->watermarks({partition}));
  return marks[0];
}
base::Result<std::vector<Watermarks>> TopicAdmin::all_watermarks(int partitions) {
  return implementation_->watermarks(first_partitions(partitions));
}
base::Result<std::vector<std::int64_t>> TopicAdmin::log_ends(int partitions) {
  return implementation_->log_ends(first_partitions(partitions));
}
base::Result<std::optional<TopicMessage>> TopicAdmin::message_at(std::int32_t partition, std::int64_t offset) {
  return implementation_->message_at(partition, offset);
}
base::Result<std::vector<std::string>> TopicAdmin::group_members(const std::string& group) {
  return implementation_->group_members(group);
}
base::Result<bool> TopicAdmin::create_topic(int partitions, int replication_factor) {
  return implementation_->create_topic(partitions, replication_factor);
}
base::Result<std::string> TopicAdmin::cleanup_policy() { return implementation_->cleanup_policy(); }
base::Result<std::string> TopicAdmin::cluster_id() { return implementation_->cluster_id(); }

}  // namespace salestream::kafka
