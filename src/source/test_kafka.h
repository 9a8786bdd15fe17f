// SPDX-License-Identifier: Apache-2.0
// For tests of readers of a Kafka topic, against librdkafka's mock brokers. Each test has a topic of its own in one
// cluster, and one group. A quiet member keeps that group alive: a new group would wait three seconds before it deals
// out partitions.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/mock_cluster.h"
#include "source/kafka.h"
#include "source/kafka_properties.h"
#include "source/kafka_reader.h"

namespace salestream::source::fixture {

using kafka::MockCluster;
using kafka::Request;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;

inline constexpr const char* kGroup = "readers";
// For what comes within two seconds mostly. librdkafka may send a heartbeat only after a second; then a member misses
// the mock coordinator's rebalance, and there is another one.
inline constexpr seconds kTimeout{60};
inline constexpr milliseconds kPollWait{10};
inline constexpr milliseconds kRoundTrip{50};
inline constexpr int kCoordinator = 1;
inline constexpr int kLeader = 2;  // of all partitions of the tests' topics

class Member;

// What the members of the group share: progress, and how often each message was counted.
struct SharedStore {
  std::map<core::PartitionId, core::PartitionProgress> progress;
  std::map<std::pair<core::PartitionId, core::Offset>, int> times_counted;
  std::map<core::PartitionId, const Member*> owners;
  std::vector<std::string> mistakes;
};

// Does what a worker does with its reader: takes what continues its partitions, and saves it when they are revoked.
class Member final : public AssignmentListener {
 public:
  Member(std::string name, SharedStore& store, const std::string& topic, const kafka::Properties& properties,
         KafkaReaderLimits limits = {})
      : name_(std::move(name)), store_(store) {
    auto admin = kafka::TopicAdmin::connect(properties, topic);
    EXPECT_TRUE(admin.ok());
    admin_ = *std::move(admin);
    auto reader = open_kafka_reader(topic, properties, *admin_, *this, limits);
    EXPECT_TRUE(reader.ok());
    reader_ = *std::move(reader);
  }
  ~Member() override { static_cast<void>(close()); }

  base::Status poll() {
    core::MessageBatch batch;
    base::Status status = reader_->poll(batch, kPollWait);
    for (const core::Message& message : batch.messages()) take(message);
    most_polled_at_once = std::max(most_polled_at_once, batch.messages().size());
    return status;
  }
  void save() {
    for (const auto& message : unsaved_) ++store_.times_counted[message];
    unsaved_.clear();
    for (const auto& [id, progress] : partitions_) store_.progress[id] = progress;
  }
  base::Status close() { return reader_->close(); }

  Reader& reader() { return *reader_; }
  std::set<core::PartitionId> partitions() const {
    std::set<core::PartitionId> ids;
    for (const auto& [id, progress] : partitions_) ids.insert(id);
    return ids;
  }
  core::Offset next_offset(core::PartitionId id) const {
    const auto found = partitions_.find(id);
    return found == partitions_.end() ? core::kNothingYet : found->second.next_offset;
  }

  int times_assigned = 0;
  int times_revoked = 0;
  int times_lost = 0;
  std::size_t most_polled_at_once = 0;
  int messages_polled = 0;  // of its partitions, those that came again too

 private:
  base::Result<std::vector<ResumePoint>> on_assigned(const std::vector<core::PartitionId>& ids) override {
    ++times_assigned;
    std::vector<ResumePoint> points;
    for (const core::PartitionId id : ids) {
      ResumePoint point{id, std::nullopt};
      if (const auto found = store_.progress.find(id); found != store_.progress.end()) point.progress = found->second;
      core::PartitionProgress unread;
      unread.partition = id;
      unread.next_offset = core::kNothingYet;
      partitions_[id] = point.progress.value_or(unread);
      store_.owners[id] = this;
      points.push_back(point);
    }
    return points;
  }
  base::Status on_revoked() override {
    ++times_revoked;
    for (const auto& [id, progress] : partitions_) {
      if (store_.owners[id] != this)
        store_.mistakes.push_back(fmt::format("partition {} was assigned before {} had given it back", id, name_));
    }
    save();
    partitions_.clear();
    return {};
  }
  void on_lost() override {
    ++times_lost;
    unsaved_.clear();
    partitions_.clear();
  }

  void take(const core::Message& message) {
    const auto found = partitions_.find(message.partition);
    if (found == partitions_.end()) return;
    ++messages_polled;
    core::PartitionProgress& progress = found->second;
    if (message.offset < progress.next_offset) return;
    progress.last_offset = message.offset;
    progress.next_offset = message.next_offset;
    unsaved_.emplace_back(message.partition, message.offset);
  }

  const std::string name_;
  SharedStore& store_;
  std::unique_ptr<kafka::TopicAdmin> admin_;
  std::map<core::PartitionId, core::PartitionProgress> partitions_;
  std::vector<std::pair<core::PartitionId, core::Offset>> unsaved_;
  std::unique_ptr<Reader> reader_;
};

inline kafka::Properties group_properties(const MockCluster& cluster) {
  kafka::Properties properties = cluster.properties();
  properties["group.id"] = kGroup;
  // The mock coordinator waits for members for as long as this is above one second. It keeps one session for all of a
  // group, that of who joined last: a test with a longer one would have it wait for longer than the others' sessions,
  // forget them all, and answer nobody any more.
  properties["session.timeout.ms"] = "1500";
  properties["heartbeat.interval.ms"] = "100";
  properties["fetch.wait.max.ms"] = "20";  // the mock brokers tell of new messages only after it
  properties["reconnect.backoff.max.ms"] = "200";
  return with_consumer_defaults(properties);
}

// Ends without leaving its group.
inline void end_quietly(rd_kafka_t* client) { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
using QuietClient = std::unique_ptr<rd_kafka_t, kafka::Deleter<rd_kafka_t, end_quietly>>;

// A cluster with a group that has a member already, which reads a topic of its own.
class LiveGroup {
 public:
  LiveGroup() : cluster_(2) {
    cluster_.set_coordinator(kGroup, kCoordinator);
    // The mock coordinator refuses a member that fetches its assignment after the group's leader has sent it. The
    // leader asks for metadata first, so a slow broker lets the others come before it.
    cluster_.set_round_trip(kCoordinator, kRoundTrip);
    cluster_.create_topic("quiet", 1);
    for (int tries = 0; quiet_ == nullptr && tries < 3; ++tries) open();
    SALESTREAM_CHECK(quiet_ != nullptr);
  }

  MockCluster& cluster() { return cluster_; }

  // The group's offset in partition 0 of the topic; negative: none.
  core::Offset committed(const std::string& topic) const {
    const kafka::PartitionList list(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), 0);
    rd_kafka_committed(quiet_.get(), list.get(), static_cast<int>(milliseconds(kTimeout).count()));
    return list->elems[0].offset;
  }

 private:
  // The mock coordinator answers the members of a new group three seconds after the first has come, and forgets those
  // who have waited for longer than their session. So one member opens the group, and another comes before the time is
  // over.
  void open() {
    const auto opener = join();
    rd_kafka_poll(opener.get(), 2'200);
    auto member = join();
    const auto deadline = steady_clock::now() + seconds(3);
    while (!has_assignment(member.get()) && steady_clock::now() < deadline)
      rd_kafka_poll(member.get(), kPollWait.count());
    if (has_assignment(member.get())) quiet_ = std::move(member);
  }

  // It needs no rebalance callback: librdkafka assigns by itself then.
  QuietClient join() const {
    auto configuration = kafka::make_configuration(group_properties(cluster_));
    SALESTREAM_CHECK(configuration.ok());
    auto client = kafka::make_client(RD_KAFKA_CONSUMER, *std::move(configuration));
    SALESTREAM_CHECK(client.ok());
    const kafka::PartitionList topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), "quiet", RD_KAFKA_PARTITION_UA);
    rd_kafka_subscribe(client->get(), topics.get());
    return QuietClient(client->release());
  }

  static bool has_assignment(rd_kafka_t* client) {
    rd_kafka_topic_partition_list_t* raw = nullptr;
    if (rd_kafka_assignment(client, &raw) != RD_KAFKA_RESP_ERR_NO_ERROR) return false;
    return kafka::PartitionList(raw)->cnt > 0;
  }

  MockCluster cluster_;
  QuietClient quiet_;
};

class KafkaReaderTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { group = std::make_unique<LiveGroup>(); }
  static void TearDownTestSuite() { group.reset(); }

  KafkaReaderTest() {
    base::set_log_sink([this](base::LogLevel, std::string_view line) {
      const std::lock_guard lock(lines_mutex_);
      lines_ += line;
      lines_ += '\n';
    });
  }
  ~KafkaReaderTest() override { base::set_log_sink(nullptr); }

  MockCluster& cluster() { return group->cluster(); }
  void create_topic(int partitions) {
    cluster().create_topic(topic_, partitions);
    for (int p = 0; p < partitions; ++p) cluster().set_leader(topic_, p, kLeader);
  }
  void produce(core::PartitionId partition, int messages) {
    cluster().produce(topic_, partition, std::vector<std::string>(static_cast<std::size_t>(messages), "order"));
    produced_[partition] += messages;
  }
  // Some of the first ones expire.
  void produce_large(core::PartitionId partition, int messages) {
    cluster().produce(topic_, partition,
                      std::vector<std::string>(static_cast<std::size_t>(messages), std::string(900'000, 'x')));
    produced_[partition] += messages;
  }

  std::unique_ptr<Member> member(const std::string& name, const kafka::Properties& more = {},
                                 KafkaReaderLimits limits = {}) {
    kafka::Properties properties = group_properties(cluster());
    for (const auto& [key, value] : more) properties[key] = value;
    return std::make_unique<Member>(name, store_, topic_, properties, limits);
  }
  void stored(core::PartitionId id, core::Offset last, core::Offset next, core::Offset window = core::kNothingYet) {
    core::PartitionProgress progress;
    progress.partition = id;
    progress.last_offset = last;
    progress.next_offset = next;
    progress.window_offset = window;
    store_.progress[id] = progress;
  }

  // Polls the members in turn until something is so.
  static bool wait_until(const std::vector<Member*>& members, const std::function<bool()>& condition) {
    const auto deadline = steady_clock::now() + kTimeout;
    while (steady_clock::now() < deadline) {
      for (Member* each : members) {
        const base::Status status = each->poll();
        EXPECT_TRUE(status.ok()) << status.error().message;
        if (!status.ok()) return false;
      }
      if (condition()) return true;
    }
    return false;
  }
  // Polls until then, and once more.
  static bool poll_beyond(Member& member, steady_clock::time_point end) {
    int polls_beyond = 0;
    return wait_until({&member}, [&] { return steady_clock::now() > end && ++polls_beyond == 2; });
  }
  // Polls until that ends with an error, and gives its text.
  static std::string wait_for_error(Member& member) {
    const auto deadline = steady_clock::now() + kTimeout;
    while (steady_clock::now() < deadline)
      if (const base::Status status = member.poll(); !status.ok()) return status.error().message;
    return "no error";
  }

  bool have_read_everything(const std::vector<Member*>& members) const {
    for (const auto& [id, messages] : produced_) {
      bool is_read = false;
      for (const Member* each : members) is_read = is_read || each->next_offset(id) == messages;
      if (!is_read) return false;
    }
    return true;
  }
  bool was_logged(const std::string& text) const {
    const std::lock_guard lock(lines_mutex_);
    return lines_.find(text) != std::string::npos;
  }
  int times_logged(const std::string& text) const {
    const std::lock_guard lock(lines_mutex_);
    int times = 0;
    for (std::size_t at = 0; (at = lines_.find(text, at)) != std::string::npos; at += text.size()) ++times;
    return times;
  }
  // Of a reader that waits for the group to deal out partitions.
  std::string waiting_line() {
    return "waiting until the consumer group " + group_properties(cluster()).at("group.id") +
           " deals out the partitions of topic " + topic_;
  }

  // A reader whose coordinator fails, between its last message and its close.
  void close_while(const std::function<void()>& coordinator_fails) {
    create_topic(1);
    produce(0, 20);
    KafkaReaderLimits limits;
    limits.close_wait = milliseconds(500);
    const auto reading = member("only", {}, limits);
    ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
    const int revoked_before = reading->times_revoked;
    coordinator_fails();
    const auto began = steady_clock::now();
    EXPECT_TRUE(reading->close().ok());
    EXPECT_LT(steady_clock::now() - began, 2 * limits.close_wait + seconds(2));
    EXPECT_EQ(reading->times_revoked, revoked_before + 1);
    expect_each_message_once();
  }

  // After the members have given back their partitions.
  void expect_each_message_once() const {
    EXPECT_THAT(store_.mistakes, testing::IsEmpty());
    std::map<std::pair<core::PartitionId, core::Offset>, int> wanted;
    for (const auto& [id, messages] : produced_)
      for (core::Offset offset = 0; offset < messages; ++offset) wanted[{id, offset}] = 1;
    EXPECT_EQ(store_.times_counted, wanted);
  }

  static inline std::unique_ptr<LiveGroup> group;
  const std::string topic_ = testing::UnitTest::GetInstance()->current_test_info()->name();
  SharedStore store_;
  std::map<core::PartitionId, int> produced_;
  mutable std::mutex lines_mutex_;
  std::string lines_;
};

}  // namespace salestream::source::fixture
