// SPDX-License-Identifier: Apache-2.0
#include "source/kafka.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <future>
#include <map>
#include <memory>
#include <thread>

#include "base/check.h"
#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/client.h"

namespace salestream::source {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t kBatchMessages = 1000;
constexpr std::size_t kQueuedMessages = 30'000;  // fetched ahead, of all partitions of a worker
constexpr int kCloseWaitMs = 10'000;
// A broker that was frozen, or has just become a leader, may name an end from before for a while.
constexpr std::chrono::seconds kShorterPatience{5};
constexpr int kTroubleLinesPerSecond = 1;

// What this program decides, whatever the pipeline file says: the reader of pipeline files refuses these there.
void set_own_properties(rd_kafka_conf_t* configuration) {
  kafka::set(configuration, "enable.auto.commit", "false");
  kafka::set(configuration, "enable.auto.offset.store", "false");
  kafka::set(configuration, "enable.partition.eof", "true");
  kafka::set(configuration, "auto.offset.reset", "error");  // an offset that is not there is for us to judge
  kafka::set(configuration, "isolation.level", "read_committed");
}

// What a pipeline file may set otherwise. Sizes keep the memory for fetched messages within a few megabytes a
// partition: at a million messages a second that is still several fetches ahead.
const std::map<std::string, std::string>& defaults() {
  static const std::map<std::string, std::string> values{
      {"partition.assignment.strategy", "range,roundrobin"},
      {"client.id", "salestream"},
      {"queued.min.messages", std::to_string(kQueuedMessages)},
      {"queued.max.messages.kbytes", "16384"},
      {"fetch.message.max.bytes", "1048576"},
      {"fetch.error.backoff.ms", "100"},
      {"session.timeout.ms", "10000"},
      {"reconnect.backoff.max.ms", "2000"},
      {"topic.metadata.refresh.interval.ms", "5000"},
      {"socket.keepalive.enable", "true"},
  };
  return values;
}

class KafkaReader final : public Reader {
 public:
  KafkaReader(std::string topic, std::string servers, kafka::TopicAdmin& admin, Assignments& assignments)
      : topic_(std::move(topic)),
        servers_(std::move(servers)),
        admin_(admin),
        assignments_(assignments),
        warnings_(kTroubleLinesPerSecond) {}

  ~KafkaReader() override {
    for (const auto& message : received_) SALESTREAM_CHECK(message == nullptr);
  }

  base::Status open(kafka::Configuration configuration) {
    set_own_properties(configuration.get());
    rd_kafka_conf_set_opaque(configuration.get(), this);
    rd_kafka_conf_set_rebalance_cb(
        configuration.get(), [](rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions,
                                void* opaque) { static_cast<KafkaReader*>(opaque)->rebalance(code, partitions); });
    SALESTREAM_ASSIGN(client_, kafka::make_client(RD_KAFKA_CONSUMER, std::move(configuration)));
    rd_kafka_poll_set_consumer(client_.get());
    queue_.reset(rd_kafka_queue_get_consumer(client_.get()));
    // While the consumer joins its group, librdkafka finds the leaders of a topic that it knows. Of one that it gets to
    // know by an assignment it asks for the log's beginning before it knows them, and again only half a second later.
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
    // librdkafka waits until the whole array is full: so first what is there, and only for the first one a wait.
    std::size_t count = receive(0, kBatchMessages, 0);
    if (count == 0 && wait.count() > 0) {
      count = receive(0, 1, static_cast<int>(wait.count()));
      if (count == 1) count += receive(1, kBatchMessages - 1, 0);
    }
    wake_fetchers();
    base::Status status;
    for (std::size_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = std::exchange(received_[i], nullptr);
      if (status.ok()) status = take(*message, batch);
      rd_kafka_message_destroy(message);
    }
    SALESTREAM_TRY(std::move(status));
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
    // Leaving the group revokes the partitions, which comes as a callback through the queue.
    kafka::ErrorHandle error(rd_kafka_consumer_close_queue(client_.get(), queue_.get()));
    if (error == nullptr) {
      const auto deadline = std::chrono::steady_clock::now() + milliseconds(kCloseWaitMs);
      while (rd_kafka_consumer_closed(client_.get()) == 0 && std::chrono::steady_clock::now() < deadline) {
        const std::size_t count = receive(0, 1, 100);
        for (std::size_t i = 0; i < count; ++i) rd_kafka_message_destroy(std::exchange(received_[i], nullptr));
      }
    }
    queue_.reset();
    known_topic_.reset();  // after its client it would touch what is freed
    destroy_client();
    return std::exchange(rebalance_status_, {});
  }

 private:
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
    if (is_destroyed.wait_for(milliseconds(kCloseWaitMs)) != std::future_status::ready)
      base::log_debug(fmt::format("topic {}: librdkafka does not end; it is left behind", topic_));
  }

  // How far a partition was read.
  struct Place {
    core::Offset last_offset = core::kNothingYet;
    core::Offset next_offset = core::kNothingYet;
    core::Offset counted_to = core::kNothingYet;  // what is before it is read again for its ids only
    bool window_may_be_short = false;

    // The last message once more, so that the worker can see whether it is still the same log.
    core::Offset first_to_read() const {
      if (next_offset == core::kNothingYet) return RD_KAFKA_OFFSET_BEGINNING;
      return last_offset != core::kNothingYet ? last_offset : next_offset;
    }
    core::Offset next_to_read() const {
      return next_offset == core::kNothingYet ? RD_KAFKA_OFFSET_BEGINNING : next_offset;
    }
  };

  static Place place_of(const ResumePoint& point) {
    const core::PartitionProgress& progress = *point.progress;
    Place at{progress.last_offset, progress.next_offset, progress.next_offset, point.window_may_be_short};
    if (point.first_to_read() < progress.last_offset) {
      at.last_offset = core::kNothingYet;
      at.next_offset = point.first_to_read();
    }
    return at;
  }

  std::size_t receive(std::size_t at, std::size_t most, int wait_ms) {
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), wait_ms, received_.data() + at, most);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }

  // librdkafka stops fetching when kQueuedMessages wait for us. So when the queue has run half empty, we wake it.
  void wake_fetchers() {
    const std::size_t queued = rd_kafka_queue_length(queue_.get());
    most_queued_ = std::max(most_queued_, queued);
    if (queued > most_queued_ / 2 || most_queued_ < kQueuedMessages / 4 || places_.empty()) return;
    most_queued_ = queued;
    std::vector<std::int32_t> partitions;
    for (const auto& [id, place] : places_) partitions.push_back(id);
    kafka::wake_fetchers(client_.get(), topic_, partitions);
  }

  base::Status take(const rd_kafka_message_t& message, core::MessageBatch& batch) {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      core::Message taken;
      taken.partition = message.partition;
      taken.offset = message.offset;
      taken.next_offset = message.offset + 1;
      taken.timestamp_ms = rd_kafka_message_timestamp(&message, nullptr);
      taken.is_null = message.payload == nullptr;
      batch.append(taken, {static_cast<const char*>(message.payload), message.len},
                   {static_cast<const char*>(message.key), message.key_len});
      if (place_ == places_.end() || place_->first != message.partition) place_ = places_.find(message.partition);
      if (place_ != places_.end()) {
        place_->second.last_offset = message.offset;
        place_->second.next_offset = message.offset + 1;
      }
      return {};
    }
    if (message.err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      batch.add_reached_end({message.partition, message.offset});
      return {};
    }
    return take_error(message);
  }

  base::Status take_error(const rd_kafka_message_t& message) {
    const std::string text = rd_kafka_message_errstr(&message);
    switch (message.err) {
      case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
      case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE: return judge_missing_offset(message.partition);
      case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
      case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      case RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION:
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

  // The offset to go on with is not in the log. That is harmless only when nothing uncounted is missing: the last
  // counted message has expired, and the one after it is still there. If neither is missing, the log was shorter a
  // moment ago, and may be another one that has grown: the worker has to see the last message again.
  base::Status judge_missing_offset(core::PartitionId partition) {
    const auto found = places_.find(partition);
    if (found == places_.end()) return {};  // not ours any more
    const core::Offset next = found->second.next_offset;
    const auto marks = admin_.watermarks(partition);
    if (!marks.ok()) {
      warnings_.write(base::LogLevel::kWarning, marks.error().message);
      return restart(partition, found->second.first_to_read());
    }
    if (next == core::kNothingYet) return restart(partition, RD_KAFKA_OFFSET_BEGINNING);
    if (marks->low <= next && next <= marks->high) {
      shorter_since_.erase(partition);
      const core::Offset last = found->second.last_offset;
      if (last != core::kNothingYet && marks->low <= last) return restart(partition, last);
      base::log_info(fmt::format("topic {} partition {}: what was counted has expired from it; going on at offset {}",
                                 topic_, partition, next));
      return restart(partition, next);
    }
    if (next < marks->low && next < found->second.counted_to && marks->low <= found->second.counted_to) {
      const std::string missing = fmt::format(
          "topic {} partition {}: the messages at offsets {} to {} have expired. They are counted, but `deduplicate` has to "
          "read them again to know the ids in its window",
          topic_, partition, next, marks->low - 1);
      if (!found->second.window_may_be_short)
        return base::failure(missing +
                             ". `salestream run --accept-short-window` goes on without them: an order whose first "
                             "copy is among them would count again. A longer retention.ms of the topic, or a "
                             "smaller window (which needs `salestream reset`), avoids this");
      base::log_warning(missing + "; going on without them, as --accept-short-window says");
      return restart(partition, marks->low);
    }
    if (const core::Offset uncounted = std::max(next, found->second.counted_to); uncounted < marks->low)
      return base::failure(fmt::format(
          "topic {} partition {}: the messages at offsets {} to {} have expired before they were counted, and are missing "
          "for good. The totals in the store are exact up to offset {}. To start over with what the topic still has, use "
          "`salestream reset`; a longer retention.ms of the topic avoids this",
          topic_, partition, uncounted, marks->low - 1, uncounted));
    const auto now = std::chrono::steady_clock::now();
    if (now - shorter_since_.try_emplace(partition, now).first->second < kShorterPatience) {
      warnings_.write(
          base::LogLevel::kWarning,
          fmt::format("topic {} partition {} is said to end at offset {}, and everything before {} is in the "
                      "store; asking again",
                      topic_, partition, marks->high, next));
      return restart(partition, found->second.first_to_read());
    }
    return base::failure(fmt::format(
        "topic {} partition {} ends at offset {}, and everything before {} is in the store: the topic was made anew or cut "
        "off. To count the new one from its beginning, use `salestream reset`; the totals in the store are unchanged",
        topic_, partition, marks->high, next));
  }

  // A seek does not wake a partition whose offset was refused; assigning all of them again does. What of the others has
  // been fetched already may come twice, and is ignored then.
  base::Status restart(core::PartitionId partition, core::Offset offset) {
    const kafka::PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(places_.size())));
    for (auto& [id, place] : places_) {
      if (id == partition && offset >= place.next_offset) {
        place.last_offset = core::kNothingYet;  // it is gone
        place.next_offset = offset;
      }
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), id)->offset =
          id == partition ? offset : place.next_to_read();
    }
    const auto code = rd_kafka_assign(client_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return base::failure(fmt::format("topic {} partition {}: going to offset {}: {}", topic_, partition, offset,
                                       kafka::error_text(code)));
    return {};
  }

  // On the thread that polls. What came in the same call before a rebalance belongs to an assignment that is over;
  // librdkafka takes it back (its barrier), and the worker ignores partitions and offsets that are not next.
  void rebalance(rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* partitions) {
    if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
      assign(partitions);
    } else {
      if (rd_kafka_assignment_lost(client_.get()) != 0) {
        base::log_warning(fmt::format(
            "topic {}: the group has given this reader's partitions to others; what was not saved is theirs to count",
            topic_));
        assignments_.on_lost();
      } else {
        note(assignments_.on_revoked());
      }
      // A pause belongs to the partition and outlives an assignment: should it come back to us, it would stay silent.
      if (is_paused_) set_paused(false);
      forget_places();
      rd_kafka_assign(client_.get(), nullptr);
    }
  }

  void forget_places() {
    shorter_since_.clear();
    places_.clear();
    place_ = places_.end();
  }

  void assign(rd_kafka_topic_partition_list_t* partitions) {
    std::vector<core::PartitionId> ids;
    for (int i = 0; i < partitions->cnt; ++i) ids.push_back(partitions->elems[i].partition);
    auto points = assignments_.on_assigned(ids);
    if (!points.ok()) {
      note(std::move(points).error());
      rd_kafka_assign(client_.get(), nullptr);
      return;
    }
    forget_places();
    for (const ResumePoint& point : *points) {
      rd_kafka_topic_partition_t* const place =
          rd_kafka_topic_partition_list_find(partitions, topic_.c_str(), point.partition);
      SALESTREAM_CHECK(place != nullptr);
      Place at;
      if (point.progress) at = place_of(point);
      places_[point.partition] = at;
      place->offset = at.first_to_read();
    }
    rd_kafka_assign(client_.get(), partitions);
    std::string list;
    for (const core::PartitionId id : ids) list += (list.empty() ? "" : ", ") + std::to_string(id);
    base::log_debug(fmt::format("topic {}: partitions {} are read here", topic_, list.empty() ? "none" : list));
  }

  void note(base::Status status) {
    if (rebalance_status_.ok()) rebalance_status_ = std::move(status);
  }

  const std::string topic_;
  const std::string servers_;
  kafka::TopicAdmin& admin_;
  Assignments& assignments_;
  base::RateLimitedWarnings warnings_;
  kafka::Client client_;
  kafka::Topic known_topic_;  // ends before the client
  kafka::Queue queue_;
  std::array<rd_kafka_message_t*, kBatchMessages> received_{};
  std::map<core::PartitionId, Place> places_;
  std::map<core::PartitionId, Place>::iterator place_ = places_.end();  // of the message that came last
  bool is_paused_ = false;
  std::map<core::PartitionId, std::chrono::steady_clock::time_point> shorter_since_;  // than what was counted
  std::size_t most_queued_ = 0;                                                       // since the fetchers were woken
  base::Status rebalance_status_;  // of a callback, until poll() or close() can return it
};

class KafkaSource final : public Source {
 public:
  KafkaSource(KafkaOptions options, std::unique_ptr<kafka::TopicAdmin> admin)
      : options_(std::move(options)),
        servers_(kafka::bootstrap_servers(options_.properties)),
        admin_(std::move(admin)) {}

  std::string identity() const override { return "kafka topic " + options_.topic; }
  std::string where() const override { return "topic " + options_.topic; }

  base::Result<std::vector<PartitionRange>> ranges() override {
    SALESTREAM_ASSIGN(const std::optional<int> count, admin_->partition_count());
    if (!count)
      return base::failure(
          fmt::format("topic {} does not exist at {}; `salestream init PIPELINE` makes it", options_.topic, servers_));
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < *count; ++p) {
      SALESTREAM_ASSIGN(const kafka::Watermarks marks, admin_->watermarks(p));
      ranges.push_back({p, marks.low, marks.high});
    }
    return ranges;
  }

  base::Result<std::optional<MessageAt>> message_at(core::PartitionId partition, core::Offset offset) override {
    SALESTREAM_ASSIGN(const std::optional<kafka::TopicMessage> found, admin_->message_at(partition, offset));
    if (!found) return std::optional<MessageAt>();
    return std::optional(MessageAt{found->offset, found->timestamp_ms, core::checksum(found->payload)});
  }

  base::Result<std::vector<std::string>> readers() override {
    return admin_->group_members(options_.properties.at("group.id"));
  }

  int max_workers() const override { return 256; }

  base::Result<std::unique_ptr<Reader>> open(int, int, Assignments& assignments) override {
    SALESTREAM_ASSIGN(kafka::Configuration configuration, kafka::make_configuration(options_.properties));
    auto source = std::make_unique<KafkaReader>(options_.topic, servers_, *admin_, assignments);
    SALESTREAM_TRY(source->open(std::move(configuration)));
    return std::unique_ptr<Reader>(std::move(source));
  }

 private:
  const KafkaOptions options_;
  const std::string servers_;
  const std::unique_ptr<kafka::TopicAdmin> admin_;
};

}  // namespace

base::Result<std::unique_ptr<Source>> make_kafka_source(const KafkaOptions& options) {
  KafkaOptions with_defaults = options;
  with_defaults.properties.insert(defaults().begin(), defaults().end());
  SALESTREAM_ASSIGN(auto admin, kafka::TopicAdmin::connect(with_defaults.properties, options.topic));
  return std::unique_ptr<Source>(std::make_unique<KafkaSource>(std::move(with_defaults), std::move(admin)));
}

}  // namespace salestream::source
