// SPDX-License-Identifier: Apache-2.0
#include "source/kafka_reader.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <future>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/client.h"
#include "kafka/fetch_waker.h"
#include "kafka/headers.h"
#include "kafka/receive.h"
#include "kafka/received_messages.h"
#include "source/kafka_properties.h"

namespace salestream::source {
namespace {

using std::chrono::milliseconds;
using std::chrono::steady_clock;

constexpr int kTroubleLinesPerSecond = 1;
constexpr int kCloseSliceMs = 100;

// librdkafka's way to say where to fetch from.
core::Offset to_kafka(std::optional<core::Offset> offset) { return offset.value_or(RD_KAFKA_OFFSET_BEGINNING); }

class KafkaReader final : public Reader {
 public:
  KafkaReader(std::string topic, const kafka::Properties& properties, kafka::TopicAdmin& admin,
              AssignmentListener& listener, KafkaReaderLimits limits, std::vector<std::string> headers)
      : topic_(std::move(topic)),
        headers_(std::move(headers)),
        servers_(kafka::bootstrap_servers(properties)),
        group_(kafka::value_of(properties, "group.id")),
        session_timeout_ms_(kafka::value_of(properties, "session.timeout.ms")),
        limits_(limits),
        admin_(admin),
        listener_(listener),
        warnings_(kTroubleLinesPerSecond),
        left_(kafka::kMostReceived, limits.batch_bytes),
        waker_(kafka::FetchWaker::of(properties)) {}

  base::Status open(kafka::Configuration configuration) {
    rd_kafka_conf_set_opaque(configuration.get(), this);
    rd_kafka_conf_set_rebalance_cb(
        configuration.get(), [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                                void* opaque) { static_cast<KafkaReader*>(opaque)->rebalance(code, partitions); });
    SALESTREAM_ASSIGN(client_, kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)));
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    // While the consumer joins its group, librdkafka finds the leaders of a topic that it knows. Of one that it gets to
    // know by an assignment it asks for the first offset before it knows them, and again only half a second later.
    SALESTREAM_ASSIGN(known_topic_, kafka::make_topic(client_.get(), topic_));
    const kafka::PartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), topic_.c_str(), RD_KAFKA_PARTITION_UA);
    const auto code = rd_kafka_subscribe(client_.get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return base::failure(fmt::format("subscribing to topic {} at {}: {}", topic_, servers_, kafka::error_text(code)));
    return {};
  }

  base::Status poll(core::MessageBatch& batch, milliseconds wait) override {
    batch.clear();
    // While paused, what has come stays, and the group still has to hear from us.
    if (left_.empty() || is_paused_) receive_some(wait);
    if (is_paused_) {
      SALESTREAM_TRY(take_errors());
    } else {
      SALESTREAM_TRY(hand_out(batch));
    }
    say_what_is_waited_for();
    return std::exchange(rebalance_status_, {});
  }

  void set_paused(bool paused) override {
    is_paused_ = paused;
    rd_kafka_topic_partition_list_t* raw = nullptr;
    if (rd_kafka_assignment(client_.get(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
    const kafka::PartitionList assigned(raw);
    if (paused)
      rd_kafka_pause_partitions(client_.get(), assigned.get());
    else
      rd_kafka_resume_partitions(client_.get(), assigned.get());
  }

  bool is_finished() const override { return false; }

  void commit(const std::vector<core::PartitionProgress>& progress) override {
    if (progress.empty()) return;
    const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(progress.size())));
    for (const core::PartitionProgress& p : progress)
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), p.partition)->offset = p.next_offset;
    // Only for people who watch the lag: if it fails, the next one says more.
    rd_kafka_commit(client_.get(), list.get(), 1 /* do not wait */);
  }

  base::Status close() override {
    if (client_ == nullptr) return {};
    left_.clear();
    leave_group();
    left_.clear();
    queue_.reset();
    known_topic_.reset();  // after its client it would touch what is freed
    destroy_client();
    return std::exchange(rebalance_status_, {});
  }

 private:
  // A partition that is read here.
  struct AssignedPartition {
    ReadPosition position;
    std::optional<steady_clock::time_point> shorter_since;  // than what was counted, as the broker says
  };
  using AssignedPartitions = std::map<core::PartitionId, AssignedPartition>;

  // librdkafka waits until the whole array is full: so first what is there, and only for the first one a wait. At least
  // one is asked for, whatever is left: by that the group hears from us.
  void receive_some(milliseconds wait) {
    if (left_.empty()) was_rebalanced_ = false;
    receive(kafka::kMostReceived, 0);
    if (left_.empty() && wait.count() > 0) {
      receive(1, static_cast<int>(wait.count()));
      if (!left_.empty()) receive(kafka::kMostReceived - 1, 0);
    }
    wake_fetchers();
  }

  // Behind what is left, until that is a batch.
  void receive(std::size_t most, int wait_ms) {
    do {
      const std::size_t wanted = std::min(most, left_.next_receive());
      const std::size_t received = kafka::receive(queue_.get(), wanted, wait_ms, left_, waker_);
      if (received < wanted) return;
      most -= received;
    } while (most > 0 && !left_.is_a_batch());
  }

  base::Status hand_out(core::MessageBatch& batch) {
    while (!left_.empty()) {
      const std::size_t bytes = batch.payload_bytes() + batch.header_bytes();
      if (!batch.messages().empty() && bytes + left_.front().len > limits_.batch_bytes) break;
      const kafka::MessageHandle message = left_.take_front();
      SALESTREAM_TRY(take(*message, batch));
    }
    return {};
  }

  // A broker that is unavailable says so again and again, also to a reader that waits for the store.
  base::Status take_errors() {
    const auto taken = left_.take_if([](const rd_kafka_message_t& message) {
      return message.err != RD_KAFKA_RESP_ERR_NO_ERROR && message.err != RD_KAFKA_RESP_ERR__PARTITION_EOF;
    });
    for (const kafka::MessageHandle& message : taken) SALESTREAM_TRY(take_error(*message));
    return {};
  }

  void wake_fetchers() {
    if (partitions_.empty() || !waker_.is_due(rd_kafka_queue_length(queue_.get()))) return;
    std::vector<std::int32_t> ids;
    for (const auto& [id, partition] : partitions_) ids.push_back(id);
    kafka::wake_fetchers(client_.get(), topic_, ids);
  }

  base::Status take(const rd_kafka_message_t& message, core::MessageBatch& batch) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      take_message(message, batch);
      return {};
    }
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      batch.add_reached_end({message.partition, message.offset, !was_rebalanced_});
      return {};
    }
    return take_error(message);
  }

  void take_message(const rd_kafka_message_t& message, core::MessageBatch& batch) {
    core::Message taken;
    taken.partition = message.partition;
    taken.offset = message.offset;
    taken.next_offset = message.offset + 1;
    taken.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
    taken.is_null = message.payload == nullptr;
    kafka::read_headers(message, headers_, header_values_);
    batch.append(taken, {static_cast<const char*>(message.payload), message.len},
                 {static_cast<const char*>(message.key), message.key_len}, header_values_);
    if (last_taken_ == partitions_.end() || last_taken_->first != message.partition)
      last_taken_ = partitions_.find(message.partition);
    if (last_taken_ != partitions_.end()) last_taken_->second.position.read(message.offset);
  }

  base::Status take_error(const rd_kafka_message_t& message) {
    if (waits_for_group_since_) waits_for_group_since_ = steady_clock::now();
    const std::string text = rd_kafka_message_errstr(&message);
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return take_missing_offset(message.partition);
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
        // Said once, and nobody joins a group for a topic that is missing: it is not the group that is waited for.
        is_topic_missing_ = true;
        waits_for_group_since_.reset();
        warnings_.write(base::LogLevel::kWarning,
                        fmt::format("topic {} does not exist at {}; waiting for it (`salestream init` makes it)",
                                    topic_, servers_));
        return {};
      case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
      case RD_KAFKA_RESP_ERR__FATAL:
        return base::failure(fmt::format("reading topic {} at {}: {}", topic_, servers_, text));
      default:
        warnings_.write(base::LogLevel::kWarning, fmt::format("reading topic {} at {}: {}; trying again", topic_,
                                                              servers_, base::printable(text, 300)));
        return {};
    }
  }

  // The broker refuses the offset to go on with: asks what the partition holds, and does what the verdict says.
  base::Status take_missing_offset(core::PartitionId id) {
    const auto found = partitions_.find(id);
    if (found == partitions_.end()) return {};  // not ours any more
    AssignedPartition& partition = found->second;
    OffsetFacts facts{partition.position};
    if (const auto marks = admin_.watermarks(id); marks.ok())
      facts.range = PartitionRange{id, marks->low, marks->high};
    else
      warnings_.write(base::LogLevel::kWarning, marks.error().message);
    facts.was_asked_long_enough =
        partition.shorter_since && steady_clock::now() - *partition.shorter_since >= limits_.shorter_timeout;

    const OffsetVerdict verdict = offset_verdict(facts);
    const std::string text = text_of(verdict, facts, fmt::format("topic {} partition {}", topic_, id));
    if (verdict.stops()) return base::failure(text);
    log_verdict(verdict, text);
    note_shorter(verdict, partition);
    return fetch_again(id, verdict.fetch_from);
  }

  void log_verdict(const OffsetVerdict& verdict, const std::string& text) {
    if (verdict.kind == OffsetVerdict::Kind::kCountedExpired) base::log_info(text);
    if (verdict.kind == OffsetVerdict::Kind::kWindowShortened) base::log_warning(text);
    if (verdict.kind == OffsetVerdict::Kind::kShorterForNow) warnings_.write(base::LogLevel::kWarning, text);
  }

  static void note_shorter(const OffsetVerdict& verdict, AssignedPartition& partition) {
    if (verdict.kind == OffsetVerdict::Kind::kNoAnswer) return;  // says nothing about it
    if (verdict.kind != OffsetVerdict::Kind::kShorterForNow)
      partition.shorter_since.reset();
    else if (!partition.shorter_since)
      partition.shorter_since = steady_clock::now();
  }

  // A seek does not wake a partition whose offset was refused; assigning all of them again does. What has been fetched
  // of the others already may come twice, and is ignored then.
  base::Status fetch_again(core::PartitionId refused, std::optional<core::Offset> from) {
    const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(partitions_.size())));
    for (auto& [id, partition] : partitions_) {
      if (id == refused && from && *from >= partition.position.next_offset) partition.position.skip_to(*from);
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), id)->offset =
          to_kafka(id == refused ? from : partition.position.next_to_fetch());
    }
    const auto code = kafka::assign(client_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return base::failure(fmt::format("topic {} partition {}: going to offset {}: {}", topic_, refused, to_kafka(from),
                                       kafka::error_text(code)));
    return {};
  }

  // Once for each time that it is so. Who was killed never left the group.
  void say_what_is_waited_for() {
    if (!limits_.usual_join || !waits_for_group_since_) return;
    if (steady_clock::now() - *waits_for_group_since_ < *limits_.usual_join) return;
    waits_for_group_since_.reset();
    base::log_info(fmt::format(
        "waiting until the consumer group {} deals out the partitions of topic {}. It does so once each of its members "
        "has answered; a run that was killed is one until its session is over, {} ms after its end "
        "(session.timeout.ms)",
        group_, topic_, session_timeout_ms_));
  }

  // On the thread that polls. What came in the same call before a rebalance belongs to an assignment that is over;
  // librdkafka takes it back (its barrier), and the worker ignores partitions and offsets that are not next.
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions) {
    was_rebalanced_ = true;
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
      assign(partitions);
    else
      unassign();
  }

  void assign(rd_kafka_topic_partition_list_t* partitions) {
    is_topic_missing_ = false;
    waits_for_group_since_.reset();
    std::vector<core::PartitionId> ids;
    for (int i = 0; i < partitions->cnt; ++i) ids.push_back(partitions->elems[i].partition);
    auto points = listener_.on_assigned(ids);
    if (!points.ok()) {
      keep_status(std::move(points).error());
      kafka::assign(client_.get(), nullptr);
      return;
    }
    forget_partitions();
    for (const ResumePoint& point : *points) {
      rd_kafka_topic_partition_t* const listed =
          rd_kafka_topic_partition_list_find(partitions, topic_.c_str(), point.partition);
      SALESTREAM_CHECK(listed != nullptr);
      const ReadPosition position = position_of(point);
      partitions_[point.partition].position = position;
      listed->offset = to_kafka(position.first_to_fetch());
    }
    kafka::assign(client_.get(), partitions);
    base::log_debug(fmt::format("topic {}: partitions {} are read here", topic_,
                                ids.empty() ? "none" : fmt::format("{}", fmt::join(ids, ", "))));
  }

  void unassign() {
    if (!is_topic_missing_) waits_for_group_since_ = steady_clock::now();
    if (rd_kafka_assignment_lost(client_.get()) != 0) {
      base::log_warning(fmt::format(
          "topic {}: the group has given this reader's partitions to others; what was not saved is theirs to count",
          topic_));
      listener_.on_lost();
    } else {
      keep_status(listener_.on_revoked());
    }
    // A pause belongs to the partition and outlives an assignment: should it come back to us, it would stay silent.
    if (is_paused_) set_paused(false);
    forget_partitions();
    kafka::assign(client_.get(), nullptr);
  }

  // What is left of their messages may stand beyond where the next assignment begins.
  void forget_partitions() {
    left_.clear();
    partitions_.clear();
    last_taken_ = partitions_.end();
  }

  // Leaving revokes the partitions, which comes as a callback through the queue.
  void leave_group() {
    const kafka::ErrorHandle error(rd_kafka_consumer_close_queue(client_.get(), queue_.get()));
    if (error != nullptr) return;
    const auto deadline = steady_clock::now() + limits_.close_wait;
    while (rd_kafka_consumer_closed(client_.get()) == 0 && steady_clock::now() < deadline) {
      receive(1, kCloseSliceMs);
      left_.clear();
    }
  }

  // librdkafka 2.0.2 sometimes waits for ever for one of its threads, once a topic was deleted while it was read. All
  // that matters is saved by now, so its end is not waited for longer than for everything else that may hang; then it
  // stays behind until the process ends.
  void destroy_client() {
    auto destroyed = std::make_shared<std::promise<void>>();
    auto is_destroyed = destroyed->get_future();
    std::thread([client = std::move(client_), destroyed]() mutable {
      client.reset();
      destroyed->set_value();
    }).detach();
    if (is_destroyed.wait_for(limits_.close_wait) != std::future_status::ready)
      base::log_debug(fmt::format("topic {}: librdkafka does not end; it is left behind", topic_));
  }

  void keep_status(base::Status status) {
    if (rebalance_status_.ok()) rebalance_status_ = std::move(status);
  }

  const std::string topic_;
  const std::vector<std::string> headers_;
  std::vector<std::optional<std::string_view>> header_values_;  // of a message
  const std::string servers_, group_, session_timeout_ms_;
  const KafkaReaderLimits limits_;
  kafka::TopicAdmin& admin_;
  AssignmentListener& listener_;
  base::RateLimitedWarnings warnings_;
  kafka::Client client_;
  kafka::Topic known_topic_;  // ends before the client
  kafka::Queue queue_;
  kafka::ReceivedMessages<kafka::MessageHandle> left_;  // received, and not handed out yet
  AssignedPartitions partitions_;
  AssignedPartitions::iterator last_taken_ = partitions_.end();  // of the message that came last
  // While the group has not dealt out its partitions, and that has not been said; a group that has trouble says so.
  std::optional<steady_clock::time_point> waits_for_group_since_ = steady_clock::now();
  // As was said since the last assignment; of a topic that is deleted, before its partitions are revoked.
  bool is_topic_missing_ = false;
  bool is_paused_ = false;
  bool was_rebalanced_ = false;  // since what is left was received: an end in it may be one of the assignment before
  kafka::FetchWaker waker_;
  base::Status rebalance_status_;  // of a callback, until poll() or close() can return it
};

}  // namespace

base::Result<std::unique_ptr<Reader>> open_kafka_reader(const std::string& topic,
                                                        const std::map<std::string, std::string>& properties,
                                                        kafka::TopicAdmin& admin, AssignmentListener& listener,
                                                        KafkaReaderLimits limits, std::vector<std::string> headers) {
  SALESTREAM_ASSIGN(kafka::Configuration configuration, make_consumer_configuration(properties));
  auto reader = std::make_unique<KafkaReader>(topic, properties, admin, listener, limits, std::move(headers));
  SALESTREAM_TRY(reader->open(std::move(configuration)));
  return std::unique_ptr<Reader>(std::move(reader));
}

}  // namespace salestream::source
