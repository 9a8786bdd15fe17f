// SPDX-License-Identifier: Apache-2.0
// The protocol of sending again, with a topic and records of resends that may fail at any step: whatever comes of that,
// the next resend finds it out, and nothing is sent twice.
#include "rejects/resend.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <map>
#include <set>

#include "core/cell.h"
#include "rejects/resent_count.h"
#include "store/testing.h"

namespace salestream::rejects {
namespace {

using Kind = kafka::TransactionOutcome::Kind;
using store::RejectPlace;
using store::ResendState;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// What outlives each resend.
struct World {
  std::vector<std::string> steps;  // in the order in which they were taken
  std::multiset<RejectPlace> in_topic;
  std::set<std::string> sent_ids;
  std::set<std::string> open_ids;  // their transactions have not ended
  std::vector<store::Resend> resends;
  std::vector<store::ResendMark> marks;
  std::vector<core::Reject> rejects;
  int scans = 0;
};

enum class Trouble {
  kNone,
  kStoreAtBegin,    // nothing is written
  kRefused,         // the transaction is not made
  kUnknownAndSent,  // the answer to the commit is lost
  kUnknownAndOpen,
  kStoreAtSettle,
};

class FakeTopic final : public ResendTopic {
 public:
  FakeTopic(World& world, Trouble trouble) : world_(world), trouble_(trouble) {}

  base::Status take_over() override {
    world_.steps.emplace_back("take over");
    world_.open_ids.clear();  // as Kafka does
    return {};
  }
  base::Result<std::vector<store::PartitionEnd>> ends(std::span<const core::PartitionId> partitions) override {
    std::vector<store::PartitionEnd> ends;
    for (const core::PartitionId partition : partitions) ends.push_back({partition, 100});
    return ends;
  }
  base::Result<Found> find(const std::string& resend, std::span<const store::PartitionEnd> from) override {
    EXPECT_FALSE(from.empty());
    world_.steps.emplace_back("find");
    if (is_expired) return Found::kUnknown;
    return world_.sent_ids.contains(resend) ? Found::kSent : Found::kNotSent;
  }
  kafka::TransactionOutcome send(std::span<const core::Reject> rejects, const std::string& resend) override {
    world_.steps.emplace_back("send");
    if (trouble_ == Trouble::kRefused) return {Kind::kNothingSent, "refused"};
    if (trouble_ == Trouble::kUnknownAndOpen) {
      world_.open_ids.insert(resend);
      return {Kind::kUnknown, "no answer"};
    }
    for (const core::Reject& reject : rejects) world_.in_topic.insert({reject.partition, reject.offset});
    world_.sent_ids.insert(resend);
    if (trouble_ == Trouble::kUnknownAndSent) return {Kind::kUnknown, "no answer"};
    return {Kind::kCommitted, {}};
  }

  bool is_expired = false;

 private:
  World& world_;
  const Trouble trouble_;
};

class FakeRecords final : public store::ResendRecords {
 public:
  FakeRecords(World& world, Trouble trouble) : world_(world), trouble_(trouble) {}

  base::Result<std::vector<store::Resend>> read() override { return world_.resends; }
  base::Result<std::vector<store::ResendMark>> read_marks(std::span<const RejectPlace> places) override {
    std::vector<store::ResendMark> found;
    for (const store::ResendMark& mark : world_.marks)
      if (std::find(places.begin(), places.end(), RejectPlace{mark.partition, mark.offset}) != places.end())
        found.push_back(mark);
    return found;
  }
  base::Status begin(const store::Resend& resend, std::span<const store::ResendMark> marks) override {
    if (trouble_ == Trouble::kStoreAtBegin) return base::retriable("the store is unavailable");
    world_.steps.emplace_back("begin");
    world_.resends.push_back(resend);
    world_.marks.insert(world_.marks.end(), marks.begin(), marks.end());
    return {};
  }
  base::Status settle(const std::string& id, ResendState state, std::int64_t settled_ms) override {
    if (trouble_ == Trouble::kStoreAtSettle) return base::retriable("the store is unavailable");
    world_.steps.push_back(std::string("settle ") + name_of(state));
    for (store::Resend& resend : world_.resends)
      if (resend.id == id) {
        resend.state = state;
        resend.settled_ms = settled_ms;
      }
    return {};
  }

 private:
  World& world_;
  const Trouble trouble_;
};

class FakeInspection final : public store::testing::EmptyInspection {
 public:
  explicit FakeInspection(World& world) : world_(world) {}

  base::Status scan_rejects(const store::RejectFilter& filter,
                            const std::function<base::Status(std::span<const core::Reject>)>& on_page) override {
    ++world_.scans;
    for (const core::Reject& reject : world_.rejects) {  // a page each
      const bool is_in = reject.partition == filter.partition.value_or(reject.partition) &&
                         reject.offset >= filter.from && reject.offset < filter.end;
      if (is_in && reject.reason == filter.reason.value_or(reject.reason)) SALESTREAM_TRY(on_page({&reject, 1}));
    }
    return {};
  }

 private:
  World& world_;
};

class Resending : public testing::Test {
 protected:
  Resending() {
    for (const core::PartitionId partition : {0, 1})
      for (const core::Offset offset : {3, 5, 8}) {
        core::Reject& reject = world.rejects.emplace_back();
        reject.partition = partition;
        reject.offset = offset;
        reject.reason = offset == 5 ? core::RejectReason::kTooDeep : core::RejectReason::kInvalidJson;
        reject.message = "message " + std::to_string(offset);
      }
  }

  base::Result<SelectedMessages> run(const Selection& selection, Trouble trouble = Trouble::kNone,
                                     bool is_expired = false) {
    FakeTopic topic(world, trouble);
    topic.is_expired = is_expired;
    FakeRecords records(world, trouble);
    FakeInspection inspection(world);
    settled.clear();
    return resend({topic, records, "test source", "resend " + std::to_string(++number_), [] { return std::int64_t{7}; },
                   [&] { return select_for_resend(inspection, records, selection); },
                   [&](const store::Resend& resend) { settled.push_back(resend.state); }});
  }

  // "open, resent".
  std::string counted(std::int64_t stored_rejects = 6) {
    FakeRecords records(world, Trouble::kNone);
    FakeInspection inspection(world);
    const auto count = count_resent(inspection, RejectStates::read(records).value(), stored_rejects);
    EXPECT_TRUE(count.ok());
    if (!*count) return "too many";
    return std::to_string((*count)->open) + ", " + std::to_string((*count)->resent);
  }

  World world;
  std::vector<ResendState> settled;

 private:
  int number_ = 0;
};

const std::multiset<RejectPlace> kAll{{0, 3}, {0, 5}, {0, 8}, {1, 3}, {1, 5}, {1, 8}};

TEST_F(Resending, TakesItsStepsInTheOrderThatKeepsMessagesFromBeingSentTwice) {
  ASSERT_TRUE(run({}).ok());
  EXPECT_THAT(world.steps, ElementsAre("take over", "begin", "send", "settle sent"));
  EXPECT_EQ(world.in_topic, kAll);
  EXPECT_EQ(run({})->sent_before, 6);
  EXPECT_EQ(world.in_topic, kAll);
}

TEST_F(Resending, WhateverGoesWrongTheNextOneSendsWhatIsMissingAndNothingElse) {
  for (const Trouble trouble : {Trouble::kStoreAtBegin, Trouble::kRefused, Trouble::kUnknownAndSent,
                                Trouble::kUnknownAndOpen, Trouble::kStoreAtSettle}) {
    SCOPED_TRACE(static_cast<int>(trouble));
    const std::vector<core::Reject> rejects = world.rejects;
    world = {};
    world.rejects = rejects;
    Selection first;
    first.places = {{{0, 3}, std::nullopt}, {{1, 8}, std::nullopt}};
    EXPECT_FALSE(run(first, trouble).ok());
    ASSERT_TRUE(run({}).ok());
    EXPECT_EQ(world.in_topic, kAll);
    for (const store::Resend& resend : world.resends) EXPECT_NE(resend.state, ResendState::kBegun);
  }
}

TEST_F(Resending, SaysWhatItFound) {
  EXPECT_FALSE(run({}, Trouble::kUnknownAndSent).ok());
  EXPECT_TRUE(run({})->to_send.empty());
  EXPECT_THAT(settled, ElementsAre(ResendState::kSent));
  EXPECT_THAT(run({}, Trouble::kRefused)->to_send, IsEmpty()) << "nothing is left to be refused";
}

TEST_F(Resending, WhatCanNotBeFoundOutIsNotSentAgainUnlessAskedFor) {
  EXPECT_FALSE(run({}, Trouble::kUnknownAndOpen).ok());
  const auto next = run({}, Trouble::kNone, true);
  EXPECT_THAT(settled, ElementsAre(ResendState::kUnknown));
  EXPECT_EQ(next->perhaps_sent, 6);
  EXPECT_THAT(world.in_topic, IsEmpty());
  Selection again;
  again.again = true;
  ASSERT_TRUE(run(again).ok());
  EXPECT_EQ(world.in_topic, kAll);
}

TEST_F(Resending, ARejectedMessageIsResolvedWhenAResendOfItIsKnownToBeSent) {
  EXPECT_EQ(counted(), "6, 0");
  EXPECT_EQ(world.scans, 0) << "nothing was sent, so there is nothing to look for";
  Selection some;
  some.reason = core::RejectReason::kTooDeep;
  EXPECT_FALSE(run(some, Trouble::kUnknownAndSent).ok());
  EXPECT_EQ(counted(), "6, 0") << "it is not known yet";
  ASSERT_TRUE(run(some).ok());
  EXPECT_EQ(counted(), "4, 2");
  some.again = true;
  ASSERT_TRUE(run(some).ok());
  EXPECT_EQ(counted(), "4, 2") << "sent twice, and one message still";
  ASSERT_TRUE(run({}).ok());
  EXPECT_EQ(counted(), "0, 6");
  world.rejects[0].message = "another source, another message";
  EXPECT_EQ(counted(), "1, 5");
}

TEST_F(Resending, WhatIsTooMuchToBeLookedThroughIsNotCounted) {
  EXPECT_EQ(counted(kMaxCountedRejects + 1), std::to_string(kMaxCountedRejects + 1) + ", 0");
  ASSERT_TRUE(run({}).ok());
  const int scans = world.scans;
  EXPECT_EQ(counted(kMaxCountedRejects + 1), "too many");
  EXPECT_EQ(world.scans, scans);
  for (int i = 0; i < 5; ++i) world.rejects[static_cast<std::size_t>(i)].message.resize(kMaxCountedBytes / 4);
  EXPECT_EQ(counted(), "too many");
}

TEST_F(Resending, AMarkIsOfAMessageAndNotOfAPlace) {
  ASSERT_TRUE(run({}).ok());
  world.rejects[0].message = "another source, another message";
  const auto next = run({});
  ASSERT_EQ(next->to_send.size(), 1U);
  EXPECT_EQ(next->to_send[0].message, "another source, another message");
}

TEST_F(Resending, ChoosesByReasonAndPlaceAndTakesEditedMessages) {
  Selection by_reason;
  by_reason.reason = core::RejectReason::kTooDeep;
  ASSERT_TRUE(run(by_reason).ok());
  EXPECT_EQ(world.in_topic, (std::multiset<RejectPlace>{{0, 5}, {1, 5}}));

  Selection edited;
  edited.places = {{{0, 3}, Selection::Edited{"key", "mended"}}, {{0, 5}, std::nullopt}};
  const auto sent = run(edited);
  ASSERT_EQ(sent->to_send.size(), 1U);
  EXPECT_EQ(sent->to_send[0].message, "mended");
  EXPECT_EQ(sent->to_send[0].key, "key");
  EXPECT_EQ(sent->checksums[0], core::checksum("message 3")) << "by the original the mark knows its reject";
  EXPECT_EQ(sent->sent_before, 1);

  Selection missing;
  missing.places = {{{0, 8}, std::nullopt}, {{0, 7}, std::nullopt}};
  EXPECT_THAT(run(missing).error().message, HasSubstr("no reject at 0:7"));
  EXPECT_EQ(world.in_topic.size(), 3U);
}

TEST_F(Resending, LeavesOutWhatCanBeNoOrder) {
  world.rejects[0].is_null = true;
  world.rejects[1].is_cut = true;
  const auto sent = run({});
  EXPECT_EQ(sent->null_messages, 1);
  EXPECT_EQ(sent->cut_messages, 1);
  EXPECT_EQ(world.in_topic.size(), 4U);
  Selection edited;
  edited.places = {{{0, 3}, Selection::Edited{"", "an order"}}, {{0, 5}, Selection::Edited{"", "all of it"}}};
  ASSERT_TRUE(run(edited).ok());
  EXPECT_EQ(world.in_topic, kAll);
}

TEST_F(Resending, SendsTheFirstOnesUpToALimitAndThenThoseAfterThem) {
  Selection two;
  two.limit = 2;
  EXPECT_TRUE(run(two)->has_more);
  EXPECT_EQ(world.in_topic, (std::multiset<RejectPlace>{{0, 3}, {0, 5}}));
  EXPECT_TRUE(run(two)->has_more);
  EXPECT_FALSE(run(two)->has_more);
  EXPECT_EQ(world.in_topic, kAll);
}

TEST_F(Resending, RefusesMoreThanATransactionTakes) {
  world.rejects.assign(kMaxMessagesPerResend + 1, world.rejects[0]);
  for (std::size_t i = 0; i < world.rejects.size(); ++i) world.rejects[i].offset = static_cast<core::Offset>(i);
  EXPECT_THAT(run({}).error().message, HasSubstr("--limit 10000"));
  world.rejects.resize(3);
  world.rejects[1].message = std::string(kMaxBytesPerResend + 1, 'x');
  EXPECT_THAT(run({}).error().message, HasSubstr("--limit 1 "));
  world.rejects[0] = world.rejects[1];
  EXPECT_THAT(run({}).error().message, HasSubstr("alone is too large"));
  EXPECT_THAT(world.in_topic, IsEmpty());
  EXPECT_THAT(world.resends, IsEmpty());
}

}  // namespace
}  // namespace salestream::rejects
