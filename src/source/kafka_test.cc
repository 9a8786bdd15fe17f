// SPDX-License-Identifier: Apache-2.0
// Readers of a Kafka topic against librdkafka's mock brokers: rebalances, errors, offsets that are gone, and the end.
// Each test has a topic of its own in one cluster, and one group. A quiet member keeps that group alive: a new group
// would wait three seconds before it deals out partitions.
#include "source/kafka.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <functional>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/logging.h"
#include "kafka/admin.h"
#include "kafka/mock_cluster.h"
#include "source/kafka_properties.h"
#include "source/kafka_reader.h"

namespace salestream::source {
namespace {

using kafka::MockCluster;
using kafka::Request;
using std::chrono::milliseconds;
using std::chrono::seconds;
using std::chrono::steady_clock;
using testing::HasSubstr;

constexpr const char* kGroup = "readers";
// For what comes within two seconds mostly. librdkafka may send a heartbeat only after a second; then a member misses
// the mock coordinator's rebalance, and there is another one.
constexpr seconds kTimeout{60};
constexpr milliseconds kPollWait{10};
constexpr milliseconds kRoundTrip{50};
constexpr int kCoordinator = 1;
constexpr int kLeader = 2;  // of all partitions of the tests' topics

class Member;

// What the members of the group share: progress, and how often each message was counted.
struct SharedStore {
  std::map<core::PartitionId, core::PartitionProgress> progress;
  std::map<std::pair<core::PartitionId, core::Offset>, int> times_counted;
  std::map<core::PartitionId, const Member*> owners;
  std::vector<std::string> mistakes;
};

// Does what a worker does with its reader: takes what continues its partitions, and saves it when they are revoked.
class Member final : public Assignments {
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

kafka::Properties group_properties(const MockCluster& cluster) {
  kafka::Properties properties = cluster.properties();
  properties["group.id"] = kGroup;
  // The mock coordinator waits for members for as long as this is above one second.
  properties["session.timeout.ms"] = "1500";
  properties["heartbeat.interval.ms"] = "100";
  properties["fetch.wait.max.ms"] = "20";  // the mock brokers tell of new messages only after it
  properties["reconnect.backoff.max.ms"] = "200";
  return with_consumer_defaults(properties);
}

// Ends without leaving its group.
void end_quietly(rd_kafka_t* client) { rd_kafka_destroy_flags(client, RD_KAFKA_DESTROY_F_NO_CONSUMER_CLOSE); }
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

  static std::unique_ptr<LiveGroup> group;
  const std::string topic_ = testing::UnitTest::GetInstance()->current_test_info()->name();
  SharedStore store_;
  std::map<core::PartitionId, int> produced_;
  mutable std::mutex lines_mutex_;
  std::string lines_;
};
std::unique_ptr<LiveGroup> KafkaReaderTest::group;

TEST_F(KafkaReaderTest, TwoReadersShareAGroupsPartitions) {
  create_topic(4);
  for (int p = 0; p < 4; ++p) produce(p, 50);
  const auto first = member("first");
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));
  EXPECT_EQ(first->partitions(), (std::set<core::PartitionId>{0, 1, 2, 3}));

  const auto second = member("second");
  ASSERT_TRUE(wait_until({first.get(), second.get()},
                         [&] { return first->partitions().size() == 2 && second->partitions().size() == 2; }));
  for (int p = 0; p < 4; ++p) produce(p, 50);
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] {
    return have_read_everything({first.get(), second.get()});
  }));

  EXPECT_TRUE(first->close().ok());
  ASSERT_TRUE(wait_until({second.get()}, [&] { return second->partitions().size() == 4; }));
  for (int p = 0; p < 4; ++p) produce(p, 50);
  ASSERT_TRUE(wait_until({second.get()}, [&] { return have_read_everything({second.get()}); }));
  EXPECT_TRUE(second->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, TheLastMessageComesOnceMore) {
  create_topic(1);
  produce(0, 10);
  stored(0, 4, 5);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_EQ(reading->messages_polled, 6);  // 4, which is counted, and 5 to 9
}

// "order" and a line feed are six bytes.
KafkaReaderLimits three_messages() {
  KafkaReaderLimits limits;
  limits.batch_bytes = 20;
  return limits;
}

TEST_F(KafkaReaderTest, ABatchEndsAtItsBytesAndTheRestComesNext) {
  create_topic(2);
  produce(0, 100);
  produce(1, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_LE(reading->most_polled_at_once, 3U);
  EXPECT_GT(reading->most_polled_at_once, 1U);
  EXPECT_EQ(reading->messages_polled, 200);
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, WhatIsLeftOfABatchStaysWhilePaused) {
  create_topic(1);
  produce(0, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->messages_polled > 0; }));
  const int polled = reading->messages_polled;
  reading->reader().set_paused(true);
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(reading->poll().ok());
  EXPECT_EQ(reading->messages_polled, polled);
  reading->reader().set_paused(false);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

// What is left of a batch stands behind where the next assignment begins, when nothing of the one that was lost is
// saved.
TEST_F(KafkaReaderTest, WhatIsLeftOfABatchGoesWithItsPartitions) {
  create_topic(1);
  produce(0, 100);
  const auto reading = member("only", {}, three_messages());
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->messages_polled > 0; }));
  ASSERT_FALSE(have_read_everything({reading.get()}));
  reading->reader().set_paused(true);
  // One for this member, one for the quiet one, should that ask first.
  cluster().fail(Request::kHeartbeat, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID});
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->times_lost > 0; }));
  cluster().stop_failing(Request::kHeartbeat);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ErrorsOfAFetchAreOutlived) {
  create_topic(2);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->next_offset(0) == 20; }));
  cluster().fail(Request::kFetch,
                 {RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION, RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR_UNKNOWN,
                  RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART});
  produce(0, 20);
  produce(1, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, AFetchThatIsNotAllowedIsAnError) {
  create_topic(1);
  produce(0, 1);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED);
  const auto reading = member("only");
  EXPECT_THAT(wait_for_error(*reading), HasSubstr("reading topic " + topic_ + " at "));
}

TEST_F(KafkaReaderTest, ErrorsOfTheGroupAndOfMetadataAreOutlived) {
  create_topic(1);
  produce(0, 20);
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART);
  cluster().fail(Request::kJoinGroup, {RD_KAFKA_RESP_ERR__TRANSPORT});
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("topic " + topic_ + " does not exist at"); }));
  cluster().fail_topic(topic_, RD_KAFKA_RESP_ERR_NO_ERROR);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ACommitThatFailsIsMadeUpForByTheNext) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  cluster().fail(Request::kOffsetCommit, {RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED});
  reading->save();
  reading->reader().commit({store_.progress.at(0)});
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  reading->save();
  EXPECT_TRUE(wait_until({reading.get()}, [&] {
    reading->reader().commit({store_.progress.at(0)});
    return group->committed(topic_) == 40;
  }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, ALeaderThatIsUnavailableIsWaitedFor) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  cluster().set_down(kLeader);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("trying again"); }));
  cluster().set_up(kLeader);
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

// What the coordinator says to a member whose session has timed out.
TEST_F(KafkaReaderTest, ALostAssignmentIsReportedAsLostAndReadAgain) {
  create_topic(1);
  produce(0, 20);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  reading->save();
  produce(0, 20);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  const int revoked_before = reading->times_revoked;
  // One for this member, one for the quiet one, should that ask first.
  cluster().fail(Request::kHeartbeat, {RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID, RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID});
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return reading->times_lost > 0; }));
  cluster().stop_failing(Request::kHeartbeat);
  EXPECT_EQ(reading->times_revoked, revoked_before) << "nothing may be saved of partitions that others read";
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(reading->close().ok());
  expect_each_message_once();
}

TEST_F(KafkaReaderTest, PausedPartitionsBringNothingUntilTheyAreAssignedAgain) {
  create_topic(2);
  produce(0, 20);
  produce(1, 20);
  const auto first = member("first");
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));

  first->reader().set_paused(true);
  const int before = first->messages_polled;
  produce(0, 20);
  int polls = 0;
  ASSERT_TRUE(wait_until({first.get()}, [&] { return ++polls == 20; }));  // ten times as long as a fetch waits
  EXPECT_EQ(first->messages_polled, before);
  first->reader().set_paused(false);
  ASSERT_TRUE(wait_until({first.get()}, [&] { return have_read_everything({first.get()}); }));

  // A pause ends with its assignment.
  first->reader().set_paused(true);
  const auto second = member("second");
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] { return second->partitions().size() == 1; }));
  produce(0, 20);
  produce(1, 20);
  ASSERT_TRUE(wait_until({first.get(), second.get()}, [&] {
    return have_read_everything({first.get(), second.get()});
  }));
  EXPECT_TRUE(first->close().ok());
  EXPECT_TRUE(second->close().ok());
  expect_each_message_once();
}

// Offsets that are gone: offset_verdict_test.cc has all cases; these go through a broker.

TEST_F(KafkaReaderTest, GoesOnWhenOnlyCountedMessagesHaveExpired) {
  create_topic(1);
  produce_large(0, 8);
  const auto admin = kafka::TopicAdmin::connect(group_properties(cluster()), topic_);
  const core::Offset start = (*admin)->watermarks(0)->low;
  ASSERT_GT(start, 0);
  stored(0, start - 1, start);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_TRUE(was_logged(fmt::format("what was counted has expired from it; going on at offset {}", start)));
}

TEST_F(KafkaReaderTest, GoesOnWhenCountedMessagesHaveExpiredFromAllPartitionsAtOnce) {
  constexpr int kPartitions = 8;
  create_topic(kPartitions);
  for (core::PartitionId id = 0; id < kPartitions; ++id) produce_large(id, 8);
  const auto admin = kafka::TopicAdmin::connect(group_properties(cluster()), topic_);
  for (core::PartitionId id = 0; id < kPartitions; ++id) {
    const core::Offset start = (*admin)->watermarks(id)->low;
    ASSERT_GT(start, 0);
    stored(id, start - 1, start);
  }
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
}

TEST_F(KafkaReaderTest, StopsWhenUncountedMessagesHaveExpired) {
  create_topic(1);
  produce_large(0, 8);
  stored(0, 0, 1);
  const auto reading = member("only");
  EXPECT_THAT(wait_for_error(*reading), HasSubstr("partition 0: the messages at offsets 1 to "));
}

TEST_F(KafkaReaderTest, StopsWhenAPartitionStaysShorterThanWhatWasCounted) {
  create_topic(1);
  produce(0, 10);
  stored(0, 49, 50);
  KafkaReaderLimits limits;
  limits.shorter_timeout = milliseconds(200);
  const auto reading = member("only", {}, limits);
  EXPECT_THAT(wait_for_error(*reading),
              HasSubstr("partition 0 ends at offset 10, and everything before 50 is in the "));
  EXPECT_TRUE(was_logged("is said to end at offset 10, and everything before 50 is in the store; asking again"));
}

TEST_F(KafkaReaderTest, GoesOnWhenAPartitionWasShorterForAMoment) {
  create_topic(1);
  produce(0, 10);
  stored(0, 14, 15);
  const auto reading = member("only");
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return was_logged("is said to end at offset 10"); }));
  produce(0, 10);
  ASSERT_TRUE(wait_until({reading.get()}, [&] { return have_read_everything({reading.get()}); }));
  EXPECT_EQ(reading->messages_polled, 6) << "the last one is compared first";
}

// The end.

TEST_F(KafkaReaderTest, ClosingSavesAndEndsInTimeWhileTheCoordinatorIsUnavailable) {
  close_while([this] { cluster().set_down(kCoordinator); });
  cluster().set_up(kCoordinator);
}

TEST_F(KafkaReaderTest, ClosingSavesAndEndsInTimeWhileTheCoordinatorIsSilent) {
  close_while([this] { cluster().set_round_trip(kCoordinator, seconds(60)); });
  cluster().set_round_trip(kCoordinator, kRoundTrip);
}

TEST(KafkaSource, WhatComesBetweenTwoQuestionsIsNotHeldBack) {
  MockCluster cluster;
  cluster.create_topic("orders", 1);
  cluster.produce("orders", 0, {"order"});
  cluster.set_round_trip(1, milliseconds(20));
  const auto source = make_kafka_source({"orders", group_properties(cluster)});
  ASSERT_TRUE(source.ok());
  std::atomic<bool> stop{false};
  std::thread producing([&] {
    while (!stop) cluster.produce("orders", 0, {"order"});
  });
  for (int look = 0; look < 20; ++look) {
    const auto ranges = (*source)->ranges_with_held_back();
    EXPECT_TRUE(ranges.ok());
    if (!ranges.ok()) break;
    EXPECT_EQ(ranges->at(0).held_back, 0);
  }
  stop = true;
  producing.join();
}

}  // namespace
}  // namespace salestream::source
