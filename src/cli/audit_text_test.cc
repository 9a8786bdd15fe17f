// SPDX-License-Identifier: Apache-2.0
#include "cli/audit_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/app/exit_codes.h"

namespace salestream::cli {
namespace {

using testing::HasSubstr;
using testing::Not;

// A partition of which offsets 0 to 9 were counted.
audit::Report report() {
  audit::Report report;
  audit::PartitionReport& partition = report.partitions.emplace_back();
  partition.end = partition.next_offset = 10;
  partition.stored_messages = partition.counted.messages = partition.counted.orders = 10;
  report.tables.push_back({"sales", 3, 3});
  return report;
}

audit::Difference row(const std::string& key) {
  return {"sales", {key}, "revenue", "2.50", "1.25", {0}, "a run has written these cells and not this row yet"};
}

const AuditText kNames{"shop", "topic orders", "sqlite:sales.db", 2, {}};

TEST(AuditText, EqualIsSaidWithWhatWasCompared) {
  EXPECT_EQ(audit_exit_code(report()), kExitDone);
  EXPECT_THAT(to_audit_text(kNames, report()), HasSubstr("sales: equal: 3 rows, 3 cells\n"));
  EXPECT_THAT(to_audit_json(kNames, report()), HasSubstr("\"result\": \"equal\""));
}

TEST(AuditText, WhatHasNotSettledIsNotDifferent) {
  audit::Report found = report();
  found.unsettled = {row("Mouse")};
  found.tables[0].unsettled_rows = 1;
  EXPECT_EQ(audit_exit_code(found), kExitUnsettled);
  const std::string text = to_audit_text(kNames, found);
  EXPECT_THAT(text, HasSubstr("sales: 1 row not settled: 3 rows, 3 cells\n"));
  EXPECT_THAT(text, HasSubstr("Not settled: these are no differences"));
  EXPECT_THAT(text, HasSubstr("Mouse"));
  EXPECT_THAT(text, HasSubstr("nothing was found wrong in 10 orders, 0 line items, 0 rejects, but not everything has "
                              "settled\n"));
  const std::string json = to_audit_json(kNames, found);
  EXPECT_THAT(json, HasSubstr("\"result\": \"unsettled\""));
  EXPECT_THAT(json, HasSubstr("\"all_differences\": 0"));
}

TEST(AuditText, ADifferenceOutweighsWhatHasNotSettled) {
  audit::Report found = report();
  found.unsettled = {row("Mouse")};
  found.differences = {row("Tablet")};
  found.tables[0].unsettled_rows = found.tables[0].differences = 1;
  EXPECT_EQ(audit_exit_code(found), kExitDifferent);
  EXPECT_THAT(to_audit_text(kNames, found), HasSubstr("sales: 1 difference, 1 row not settled: 3 rows"));
}

TEST(AuditText, WhatHasExpiredWasCountedUpToWhereItWas) {
  audit::Report found = report();
  found.partitions[0].begin = 15;
  EXPECT_EQ(audit_exit_code(found), kExitPartly);
  const std::string text = to_audit_text(kNames, found);
  EXPECT_THAT(text, HasSubstr("partition 0: the messages at offsets 0 to 9 were counted and have expired from the "
                              "source since; the messages at offsets 10 to 14 have expired and were never counted; "
                              "nothing is left that could be audited\n"));
  const std::string json = to_audit_json(kNames, found);
  EXPECT_THAT(json, HasSubstr("\"next_offset\": 10, \"expired_from\": 0, \"never_counted\": 5"));

  found.partitions[0].begin = 4;
  EXPECT_THAT(to_audit_text(kNames, found),
              HasSubstr("at offsets 0 to 3 were counted and have expired from the source since; offsets 4 to 9 could"));
}

TEST(AuditText, CompactedIsNotExpired) {
  audit::Report found = report();
  found.partitions[0].is_compacted = true;
  found.partitions[0].counted.messages = 9;
  EXPECT_EQ(audit_exit_code(found), kExitPartly);
  const std::string text = to_audit_text(kNames, found);
  EXPECT_THAT(text, HasSubstr("partition 0: the topic is compacted (cleanup.policy), and of the 10 messages that the "
                              "store has counted, at offsets 0 to 9, 1 is no longer there\n"));
  EXPECT_THAT(text, Not(HasSubstr("expired")));
}

TEST(AuditText, SaysWhoseMessagesWentAwayMeanwhile) {
  audit::Report found = report();
  found.differences = {row("Mouse")};
  found.partitions[0].is_gone_meanwhile = true;
  found.tables[0].unknown_cells = 1;
  EXPECT_EQ(audit_exit_code(found), kExitDifferent);
  EXPECT_THAT(to_audit_text(kNames, found),
              HasSubstr("partition 0: messages went away from the source while the audit was at work\n"
                        "So of 1 cell, from which messages are missing in any case, it is unknown whether"));
  const std::string json = to_audit_json(kNames, found);
  EXPECT_THAT(json, HasSubstr("\"gone_meanwhile\": true"));
  EXPECT_THAT(json, HasSubstr("\"unknown_cells\": 1"));
}

TEST(AuditText, SaysWhatWasRepairedAndWhatWasLeft) {
  audit::Report found = report();
  EXPECT_THAT(to_audit_text(kNames, found), Not(HasSubstr("repaired")));
  found.repair.emplace();
  EXPECT_EQ(to_repair_text(kNames, found), "repaired: nothing\n");
  EXPECT_THAT(to_audit_text(kNames, found), Not(HasSubstr("repaired"))) << "it is said below that";
  found.repair->finished_other = true;
  EXPECT_EQ(to_repair_text(kNames, found),
            "a repair that had not been finished was finished before the audit\nrepaired: nothing\n");
  EXPECT_THAT(to_audit_json(kNames, found), HasSubstr("\"finished_other\": true,\n"));
  found.repair->finished_other = false;
  found.repair->looked_again = true;
  found.repair->rows = {{"sales", {"Mouse"}, "revenue 99.00", "revenue 1.00"},
                        {"sales", {"Pen"}, "no such row", "revenue 2.00"},
                        {"sales", {"Ink"}, "revenue 3.00", "no such row"}};
  const std::string text = to_repair_text(kNames, found);
  EXPECT_THAT(text, testing::StartsWith("repaired: 3 rows\n"));
  EXPECT_THAT(text, HasSubstr("sales: equal: 3 rows, 3 cells\n"));
  EXPECT_THAT(text, testing::EndsWith("\nequal: 10 orders, 0 line items, 0 rejects\n"));
  EXPECT_THAT(text, HasSubstr("|sales|Mouse|revenue 99.00|revenue 1.00|\n"));
  EXPECT_THAT(text, HasSubstr("1 more; --all shows them\n"));
  const std::string json = to_audit_json(kNames, found);
  EXPECT_THAT(json,
              HasSubstr("\"all_repaired\": 3,\n  \"left_rows\": 0,\n  \"vain_rows\": 0,\n  \"finished_other\": false,\n"
                        "  \"repair_error\": null,\n"));
  EXPECT_THAT(json, HasSubstr("{\"table\": \"sales\", \"key\": [\"Pen\"], \"was\": \"no such row\", \"is\": \"revenue "
                              "2.00\"}"));
  EXPECT_THAT(json, Not(HasSubstr("Ink")));

  found.repair->left_rows = 2;
  EXPECT_THAT(to_repair_text(kNames, found), HasSubstr("2 rows left as they are: cells of theirs are not what"));
  found.repair->left_cells = 1;
  EXPECT_THAT(to_repair_text(kNames, found),
              HasSubstr("a repair writes all rows again, and 1 cell not what the source"));
}

TEST(AuditText, DoesNotAdviseAResetThatWouldLoseWhatExpiredMessagesCounted) {
  audit::Report found = report();
  found.repair.emplace();
  found.repair->left_rows = found.repair->left_cells = 1;
  EXPECT_THAT(to_repair_text(kNames, found), HasSubstr("`salestream reset PIPELINE` counts all of it anew\n"));
  const auto warns = HasSubstr("Put a good copy of the store back: `salestream reset PIPELINE` would lose what");
  found.partitions[0].begin = 4;
  EXPECT_THAT(to_repair_text(kNames, found), warns) << "expired";
  found.partitions[0].begin = 0;
  found.partitions[0].is_compacted = true;
  EXPECT_THAT(to_repair_text(kNames, found), warns) << "compacted";
  found.partitions[0].is_compacted = false;
  found.partitions[0].stored_messages = 11;
  EXPECT_THAT(to_repair_text(kNames, found), warns) << "gone, and it is not known why";
}

TEST(AuditText, SaysWhatMendsWhatDiffers) {
  audit::Report found = report();
  const auto repairs = HasSubstr("\n`salestream audit PIPELINE --repair` writes these rows again");
  const auto resets = testing::EndsWith(
      "\nA repair mends totals rows alone, and not cells, rejected messages or progress. `salestream reset PIPELINE` "
      "counts all of it anew\n");
  EXPECT_THAT(to_audit_text(kNames, found), Not(HasSubstr("PIPELINE"))) << "nothing differs";
  found.differences = {row("Mouse")};
  found.tables[0].differences = 1;
  EXPECT_THAT(to_audit_text(kNames, found), repairs);
  AuditText repairing = kNames;
  repairing.is_repair = true;
  EXPECT_THAT(to_audit_text(repairing, found), Not(repairs)) << "it is being done";
  found.tables[0].differences = 2;
  found.tables[0].cell_differences = 1;
  EXPECT_THAT(to_audit_text(kNames, found), resets);
  EXPECT_THAT(to_audit_text(repairing, found), Not(HasSubstr("salestream reset"))) << "once, after the repair";
  found.repair.emplace();
  found.repair->left_cells = found.repair->left_rows = 1;
  EXPECT_THAT(to_repair_text(repairing, found), resets);
  const std::string whole = to_audit_text(repairing, found) + to_repair_text(repairing, found);
  EXPECT_EQ(whole.find("salestream reset"), whole.rfind("salestream reset"));
  found.repair.reset();
  found.tables[0].cell_differences = 0;
  found.reject_differences = 1;
  EXPECT_THAT(to_audit_text(kNames, found), resets);
  found.reject_differences = 0;
  found.progress_differences = 1;
  EXPECT_THAT(to_audit_text(kNames, found), resets);
  found.partitions[0].begin = 4;
  EXPECT_THAT(to_audit_text(kNames, found), HasSubstr("Put a good copy of the store back"));
}

TEST(AuditText, SaysThatTheSourceHasBecomeShorter) {
  audit::Report found = report();
  found.differences = {row("Mouse")};
  found.progress_differences = 1;
  found.partitions[0].short_end = 4;
  found.partitions[0].counted.messages = 4;
  const std::string text = to_audit_text(kNames, found);
  EXPECT_THAT(text, HasSubstr("partition 0: the source has become shorter than what was counted: it ends at offset 4, "
                              "and everything before 10 is said to be in the store. It was recreated or cut off\n"));
  EXPECT_THAT(to_audit_json(kNames, found), HasSubstr("\"shorter_end\": 4"));
  EXPECT_THAT(text, testing::EndsWith("`salestream reset PIPELINE` counts the source as it is now, from its beginning; "
                                      "the totals of the one that was counted are gone then\n"));
}

TEST(AuditText, SaysWhatToDoAfterARepairInVain) {
  audit::Report found = report();
  found.differences = {row("Mouse")};
  found.repair.emplace();
  found.repair->looked_again = true;
  found.repair->vain_rows = 1;
  EXPECT_THAT(to_repair_text(kNames, found), testing::StartsWith("repaired: nothing\n1 row written again in vain: "
                                                                 "something else writes to it. "));
  EXPECT_THAT(to_repair_text(kNames, found), HasSubstr("|Mouse|"));
  found.repair->writes_all_rows = true;
  EXPECT_THAT(to_repair_text(kNames, found), HasSubstr("later write timestamp. Repair once more; where that is in "
                                                       "vain, too, `TRUNCATE` the totals table and repair"));
}

}  // namespace
}  // namespace salestream::cli
