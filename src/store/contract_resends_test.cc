// SPDX-License-Identifier: Apache-2.0
// The contract of rejected messages that are looked at by place, and of the account of those that were sent again.
#include <gmock/gmock.h>

#include <utility>

#include "store/contract_test.h"

namespace salestream::store {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using testing::UnorderedElementsAre;

using Places = std::vector<std::pair<core::PartitionId, core::Offset>>;

core::Reject reject_at(core::PartitionId partition, core::Offset offset, core::RejectReason reason) {
  core::Reject reject;
  reject.partition = partition;
  reject.offset = offset;
  reject.reason = reason;
  reject.message = "no order";
  return reject;
}

Places places_seen(Store& store, const RejectFilter& filter) {
  Places seen;
  const auto inspection = store.inspect();
  EXPECT_OK(inspection);
  EXPECT_OK((*inspection)->scan_rejects(filter, [&](std::span<const core::Reject> page) -> base::Status {
    for (const core::Reject& reject : page) seen.emplace_back(reject.partition, reject.offset);
    return {};
  }));
  return seen;
}

std::unique_ptr<ResendRecords> records_of(Store& store) {
  auto records = store.resends();
  EXPECT_OK(records);
  return *std::move(records);
}

Resend resend_of(const std::string& id) {
  Resend resend;
  resend.id = id;
  resend.source = "test source";
  resend.ends = {{0, 17}, {3, 4'000'000'000}};
  resend.messages = 2;
  resend.begun_ms = 1'700'000'000'123;
  return resend;
}

}  // namespace

TEST_P(StoreContract, RejectsAreFoundByPlaceAndReason) {
  const Run r = run();
  using enum core::RejectReason;
  std::vector<core::Reject> rejects;
  for (const core::Offset offset : {2999, 5, 3000, 12, 1000, 999, 7'000'000}) {
    rejects.push_back(reject_at(1, offset, offset % 2 == 0 ? kInvalidJson : kWrongType));
    rejects.push_back(reject_at(0, offset + 1, kEmptyKey));
  }
  ASSERT_OK(r.session->flush([&](FlushSteps& steps) { return steps.write_rejects(rejects); }));

  EXPECT_EQ(places_seen(*r.store, {}), (Places{{0, 6},
                                               {0, 13},
                                               {0, 1000},
                                               {0, 1001},
                                               {0, 3000},
                                               {0, 3001},
                                               {0, 7'000'001},
                                               {1, 5},
                                               {1, 12},
                                               {1, 999},
                                               {1, 1000},
                                               {1, 2999},
                                               {1, 3000},
                                               {1, 7'000'000}}));
  EXPECT_EQ(places_seen(*r.store, {.partition = 1, .from = 12, .end = 3000}),
            (Places{{1, 12}, {1, 999}, {1, 1000}, {1, 2999}}));
  EXPECT_EQ(places_seen(*r.store, {.from = 3001}), (Places{{0, 3001}, {0, 7'000'001}, {1, 7'000'000}}));
  EXPECT_EQ(places_seen(*r.store, {.partition = 1, .from = 2999, .end = 3000}), (Places{{1, 2999}}));
  EXPECT_EQ(places_seen(*r.store, {.reason = kWrongType}), (Places{{1, 5}, {1, 999}, {1, 2999}}));
  EXPECT_EQ(places_seen(*r.store, {.reason = kWrongType, .limit = 2}), (Places{{1, 5}, {1, 999}}));
  EXPECT_EQ(places_seen(*r.store, {.limit = 3}), (Places{{0, 6}, {0, 13}, {0, 1000}}));
  EXPECT_THAT(places_seen(*r.store, {.partition = 2}), IsEmpty());
  EXPECT_THAT(places_seen(*r.store, {.reason = kTooDeep}), IsEmpty());
}

TEST_P(StoreContract, NothingWasSentAgainAtFirst) {
  const Run r = run();
  const auto records = records_of(*r.store);
  EXPECT_THAT(records->read().value(), IsEmpty());
  const RejectPlace place{0, 1};
  EXPECT_THAT(records->read_marks({&place, 1}).value(), IsEmpty());
}

TEST_P(StoreContract, AResendIsBegunWithItsMarksAndThenSettled) {
  const Run r = run();
  const auto records = records_of(*r.store);
  const std::uint64_t large = 0xFEDCBA9876543210U;
  const ResendMark marks[] = {{0, 1, large, "first"}, {3, 3'999'999'999, 7, "first"}};
  ASSERT_OK(records->begin(resend_of("first"), marks));

  // Another process sees it.
  const auto reader = place_->store(contract_identity());
  ASSERT_OK(reader->open_for_read());
  const auto seen_by_other = records_of(*reader);
  auto all = seen_by_other->read().value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].id, "first");
  EXPECT_EQ(all[0].state, ResendState::kBegun);
  EXPECT_EQ(all[0].ends, resend_of("").ends);
  EXPECT_EQ(all[0].messages, 2);
  EXPECT_EQ(all[0].begun_ms, 1'700'000'000'123);
  const RejectPlace places[] = {{0, 1}, {3, 3'999'999'999}, {0, 2}, {1, 1}};
  const auto found = seen_by_other->read_marks(places).value();
  ASSERT_THAT(found, SizeIs(2));
  for (const ResendMark& mark : found) {
    EXPECT_EQ(mark.resend, "first");
    EXPECT_EQ(mark.checksum, mark.partition == 0 ? large : 7U);
  }

  ASSERT_OK(seen_by_other->settle("first", ResendState::kSent, 1'700'000'009'000));
  all = records->read().value();
  ASSERT_THAT(all, SizeIs(1));
  EXPECT_EQ(all[0].state, ResendState::kSent);
  EXPECT_EQ(all[0].settled_ms, 1'700'000'009'000);
  EXPECT_EQ(all[0].messages, 2) << "the rest stays";
}

TEST_P(StoreContract, ARejectMayBeInSeveralResends) {
  const Run r = run();
  const auto records = records_of(*r.store);
  const ResendMark first{0, 1, 5, "1"}, second{0, 1, 5, "2"};
  Resend later = resend_of("2");
  later.begun_ms += 1;
  ASSERT_OK(records->begin(later, {&second, 1}));
  ASSERT_OK(records->begin(resend_of("1"), {&first, 1}));
  ASSERT_OK(records->settle("1", ResendState::kNotSent, 9));
  const RejectPlace place{0, 1};
  std::vector<std::string> ids;
  const auto marks = records->read_marks({&place, 1}).value();
  for (const ResendMark& mark : marks) ids.push_back(mark.resend);
  EXPECT_THAT(ids, UnorderedElementsAre("1", "2"));
  EXPECT_THAT(records->read().value(), SizeIs(2));
}

TEST_P(StoreContract, AnAccountOfManyMarksIsWhole) {
  const Run r = run();
  const auto records = records_of(*r.store);
  std::vector<ResendMark> marks;
  std::vector<RejectPlace> places;
  for (int i = 0; i < 4500; ++i) {
    marks.push_back({i % 3, i, static_cast<std::uint64_t>(i), "many"});
    places.push_back({i % 3, i});
  }
  ASSERT_OK(records->begin(resend_of("many"), marks));
  EXPECT_THAT(records->read_marks(places).value(), SizeIs(4500));
}

// They say something of the topic, which a reset leaves as it is: what was sent is there still.
TEST_P(StoreContract, AResetLeavesTheAccountOfResends) {
  {
    const Run r = run();
    const auto records = records_of(*r.store);
    const ResendMark mark{0, 1, 5, "1"};
    ASSERT_OK(records->begin(resend_of("1"), {&mark, 1}));
  }
  ASSERT_OK(place_->store(contract_identity())->reset());
  const Run r = run();
  const auto records = records_of(*r.store);
  ASSERT_THAT(records->read().value(), SizeIs(1));
  ASSERT_OK(records->settle("1", ResendState::kSent, 9));
  EXPECT_EQ(records->read().value()[0].state, ResendState::kSent);
  const RejectPlace place{0, 1};
  EXPECT_THAT(records->read_marks({&place, 1}).value(), SizeIs(1));
}

TEST_P(StoreContract, ResendsOfAnotherSourceAreNotOurs) {
  const Run r = run();
  const auto records = records_of(*r.store);
  Resend other = resend_of("1");
  other.source = "another source";
  ASSERT_OK(records->begin(other, {}));
  EXPECT_THAT(records->read().value(), IsEmpty());
}

}  // namespace salestream::store
