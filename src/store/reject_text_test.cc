// SPDX-License-Identifier: Apache-2.0
#include "store/reject_text.h"

#include <gmock/gmock.h>

namespace salestream::store {
namespace {

using testing::ElementsAre;
using testing::Pair;

core::Reject cut_reject() {
  core::Reject reject;
  reject.detail = "too large";
  reject.message = std::string(kMaxCutMessageBytes, 'x');
  reject.is_cut = true;
  return reject;
}

TEST(RejectNote, IsAValueAgainWhenItIsRead) {
  const core::Reject reject = cut_reject();
  core::Reject read = reject;
  read.is_cut = false;
  read.detail = noted_detail(reject);
  EXPECT_EQ(read.detail, "too large (only the first 8 MiB of it are kept)");
  take_note(read);
  EXPECT_TRUE(read.is_cut);
  EXPECT_EQ(read.detail, "too large");
}

TEST(RejectNote, IsOneOfTheKeyToo) {
  for (const bool is_message_cut : {false, true}) {
    core::Reject reject = cut_reject();
    reject.is_cut = is_message_cut;
    reject.key = std::string(kMaxCutKeyBytes, 'k');
    reject.is_key_cut = true;
    core::Reject read = reject;
    read.is_cut = read.is_key_cut = false;
    read.detail = noted_detail(reject);
    EXPECT_THAT(read.detail, testing::EndsWith(" (only the first 4 MiB of its key are kept)"));
    take_note(read);
    EXPECT_TRUE(read.is_key_cut);
    EXPECT_EQ(read.is_cut, is_message_cut);
    EXPECT_EQ(read.detail, "too large");
    read.key.pop_back();
    read.detail = noted_detail(reject);
    take_note(read);
    EXPECT_FALSE(read.is_key_cut);
  }
}

TEST(RejectNote, IsNoneWhereTheMessageIsWhole) {
  core::Reject reject = cut_reject();
  reject.is_cut = false;
  EXPECT_EQ(noted_detail(reject), "too large");
  take_note(reject);
  EXPECT_FALSE(reject.is_cut) << "just as long as what is kept";
  // A message may say anything of itself.
  reject.detail = noted_detail(cut_reject());
  reject.message.pop_back();
  const std::string said = reject.detail;
  take_note(reject);
  EXPECT_FALSE(reject.is_cut);
  EXPECT_EQ(reject.detail, said);
}

TEST(RejectDetail, IsValidUtf8) {
  EXPECT_EQ(as_utf8("não\n"), "não\n");
  EXPECT_EQ(as_utf8("a\xff"), "a\\xff");
}

TEST(RejectCounts, AreOfTheReasonsThatThereWere) {
  core::Counters counters;
  counters.rejects[static_cast<std::size_t>(core::RejectReason::kInvalidJson)] = 3;
  counters.rejects[static_cast<std::size_t>(core::RejectReason::kInvalidTime)] = 1;
  EXPECT_THAT(reject_counts(counters), ElementsAre(Pair("invalid_json", 3), Pair("invalid_time", 1)));
  EXPECT_EQ(core::reject_reason_of("invalid_time"), core::RejectReason::kInvalidTime);
  EXPECT_EQ(core::reject_reason_of("no_reason"), std::nullopt);
}

}  // namespace
}  // namespace salestream::store
