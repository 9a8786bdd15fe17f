// SPDX-License-Identifier: Apache-2.0
#include "store/identity_check.h"

#include <gmock/gmock.h>

namespace salestream::store {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

Identity shop() {
  Identity identity;
  identity.definition.pipeline = "shop";
  identity.source = "kafka orders";
  return identity;
}

std::string refusal(const base::Status& status) { return status.ok() ? "(not refused)" : status.error().message; }

class IdentityCheckTest : public testing::Test {
 protected:
  const Identity identity_ = shop();
  const IdentityCheck check_{{"a store", "choose another place"}, identity_, 1};
};

TEST_F(IdentityCheckTest, TakesItsOwn) {
  EXPECT_TRUE(check_.format(1).ok());
  EXPECT_TRUE(check_.pipeline("shop").ok());
  EXPECT_TRUE(check_.definition(identity_.definition.canonical_text()).ok());
  EXPECT_TRUE(check_.source("kafka orders").ok());
  EXPECT_TRUE(check_.engine(Engine::kSpark, Engine::kSpark).ok());
}

TEST_F(IdentityCheckTest, RefusesANewerFormat) {
  EXPECT_EQ(
      refusal(check_.format(2)),
      "a store: was written by a newer salestream (format 2, this one knows 1). Nothing was changed: use the newer "
      "program, or choose another place");
}

TEST_F(IdentityCheckTest, NamesTheOtherPipeline) {
  EXPECT_EQ(
      refusal(check_.pipeline("bakery")),
      "a store: holds the totals of the pipeline bakery, and this is the pipeline shop. Nothing was changed: choose "
      "another place");
  EXPECT_EQ(
      refusal(check_.pipeline("bakery", "its table sales")),
      "a store: its table sales holds the totals of the pipeline bakery, and this is the pipeline shop. Nothing was "
      "changed: choose another place or another name for the table");
}

TEST_F(IdentityCheckTest, ShowsTheFirstDifference) {
  core::Definition former = identity_.definition;
  former.allow_returns = true;
  EXPECT_EQ(refusal(check_.definition(former.canonical_text())),
            "a store: its totals were counted with another pipeline file.\n  it was: allow_returns: true\n  it is:  "
            "allow_returns: false\nNothing was changed. Totals of two kinds are never mixed: run with what it was, or "
            "start over with `salestream reset PIPELINE`, or choose another place");
  EXPECT_THAT(refusal(check_.source("")),
              HasSubstr("from another source.\n  it was: (no such line)\n  it is:  kafka orders\nNothing"));
}

TEST_F(IdentityCheckTest, NeverTellsAReaderToReset) {
  const IdentityCheck reading{{"a store", "choose another place"}, identity_, 1, CheckedFor::kReading};
  EXPECT_EQ(refusal(reading.source("file a")),
            "a store: its totals were counted from another source.\n  it was: file a\n  it is:  kafka orders\nNothing "
            "was changed. This needs the pipeline file and the source as they were; `salestream totals`, `status` and "
            "`rejects list` show what is stored all the same");
  EXPECT_EQ(reading.table_gone("sales").message, "a store: its table sales is gone. Put a good copy back");
  EXPECT_THAT(check_.table_gone("sales").message, HasSubstr("salestream reset PIPELINE"));
}

TEST_F(IdentityCheckTest, SaysInOneLineWhatDiffers) {
  const std::string ours = identity_.definition.canonical_text();
  core::Definition former = identity_.definition;
  former.allow_returns = true;
  EXPECT_EQ(check_.difference("shop", ours, "kafka orders"), "");
  EXPECT_EQ(check_.difference("shop", former.canonical_text(), "file a"),
            "a store: shown as stored: counted with another pipeline file (it was allow_returns: true, it is "
            "allow_returns: false), and from another source (it was file a, it is kafka orders)");
  EXPECT_EQ(check_.difference("bakery", ours, "kafka orders"),
            "a store: shown as stored: counted for another pipeline (it was bakery, it is shop)");
}

TEST_F(IdentityCheckTest, SaysWhichEngineFillsTheTables) {
  EXPECT_THAT(refusal(check_.engine(Engine::kSpark, Engine::kSalestream)),
              StartsWith("a store: Spark fills the totals of this pipeline"));
  EXPECT_THAT(refusal(check_.engine(Engine::kSalestream, Engine::kSpark)),
              StartsWith("a store: `salestream run` fills the totals of this pipeline"));
}

}  // namespace
}  // namespace salestream::store
