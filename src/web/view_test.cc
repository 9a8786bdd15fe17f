// SPDX-License-Identifier: Apache-2.0
// What is shown of a view: how complete it is, sorted and filtered rows, JSON, CSV.
#include "web/view.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "store/testing.h"
#include "web/csv_download.h"
#include "web/totals_query.h"
#include "web/view_json.h"

namespace salestream::web {
namespace {

using core::Decimal;
using core::Dimension;
using core::Measure;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

results::PartitionStatus partition(int id, std::int64_t next, std::int64_t end, std::int64_t last_ms) {
  results::PartitionStatus status;
  status.partition = id;
  status.stored = core::PartitionProgress{.partition = id, .next_offset = next, .last_timestamp_ms = last_ms};
  status.range = source::PartitionRange{id, 0, end};
  status.lag = end - next;
  return status;
}

TEST(Completeness, IsEverythingAsOfTheQuestionWhenNothingIsMissing) {
  const Completeness complete = completeness_of({partition(0, 10, 10, 500), partition(1, 0, 0, -1)}, 9000);
  EXPECT_TRUE(complete.is_everything);
  EXPECT_EQ(complete.through_ms, 9000);
}

TEST(Completeness, ReachesAsFarAsThePartitionThatIsFurthestBehind) {
  const Completeness complete =
      completeness_of({partition(0, 5, 10, 700), partition(1, 9, 10, 600), partition(2, 10, 10, 100)}, 9000);
  EXPECT_FALSE(complete.is_everything);
  EXPECT_EQ(complete.through_ms, 600);  // partition 2 has everything, however old its last message is
}

TEST(Completeness, IsNotKnownWhereAPartitionHasNothingOrNoTimes) {
  EXPECT_EQ(completeness_of({partition(0, 5, 10, 700), partition(1, 0, 10, -1)}, 9000).through_ms, std::nullopt);
  EXPECT_EQ(completeness_of({}, 0).through_ms, std::nullopt);
  EXPECT_FALSE(completeness_of({}, 0).is_everything);
}

TEST(Completeness, WithoutTheLogsEndIsTheLastMessageOfEachPartition) {
  auto first = partition(0, 10, 10, 700), second = partition(1, 10, 10, 600);
  for (auto* each : {&first, &second}) {
    each->range.reset();
    each->lag.reset();
  }
  EXPECT_FALSE(completeness_of({first, second}, 0).is_everything);
  EXPECT_EQ(completeness_of({first, second}, 0).through_ms, 600);
}

core::TotalsTable sales() {
  return {"sales",
          {Dimension::kProduct},
          {{"product", Dimension::kProduct},
           {"total", Measure::kRevenue},
           {"units", Measure::kUnits},
           {"orders", Measure::kOrders}}};
}

View view_of(const std::vector<std::pair<std::string, std::int64_t>>& products) {
  RunInfo run_info{.version = "1", .source = "s", .store = "t", .unit = "messages"};
  run_info.definition.pipeline = "p";
  run_info.definition.totals = {sales()};
  TableView table;
  table.sum = core::Measures{};
  for (const auto& [name, amount] : products) {
    const core::Measures measures{Decimal::from_integer(amount), Decimal::from_integer(amount), amount};
    table.rows.push_back({results::cells_of(sales(), {name, measures, 0}), measures});
    table.sum = core::add(*table.sum, measures);
  }
  table.all_rows = static_cast<std::int64_t>(products.size());
  View view;
  view.run_info = std::make_shared<const RunInfo>(std::move(run_info));
  view.tables = std::make_shared<const std::vector<TableView>>(std::vector<TableView>{std::move(table)});
  return view;
}

base::Result<TotalsQuery> query_of(const http::Fields& parameters) {
  http::Request request;
  request.parameters = parameters;
  return parse_totals_query(request, view_of({}).run_info->definition);
}

std::vector<std::string> names(const View& view, const http::Fields& parameters) {
  std::vector<std::string> names;
  for (const TableView::Row* row : run_query(query_of(parameters).value(), sales(), view.tables->at(0)).rows)
    names.push_back(row->cells[0]);
  return names;
}

TEST(TotalsQuery, SortsByAnyColumnAndKeepsEqualRowsAsTheyWere) {
  const View view = view_of({{"b", 100}, {"a", 9}, {"C", 9}});
  EXPECT_THAT(names(view, {}), ElementsAre("b", "a", "C"));
  EXPECT_THAT(names(view, {{"order", "asc"}}), ElementsAre("a", "C", "b"));  // 9 comes before 100
  EXPECT_THAT(names(view, {{"sort", "orders"}}), ElementsAre("b", "a", "C"));
  EXPECT_THAT(names(view, {{"sort", "product"}, {"order", "asc"}}), ElementsAre("C", "a", "b"));
}

TEST(TotalsQuery, FiltersWhateverTheCase) {
  const View view = view_of({{"Maçã VERDE", 3}, {"maçã", 2}, {"pera", 1}});
  EXPECT_THAT(names(view, {{"filter", "MAÇÃ"}}), ElementsAre("Maçã VERDE", "maçã"));
  EXPECT_THAT(names(view, {{"filter", "verde"}}), ElementsAre("Maçã VERDE"));
  EXPECT_THAT(names(view, {{"filter", "3"}}), ElementsAre());  // names only
}

TEST(TotalsQuery, FindsAFilterThatBeginsAgainWithinItself) {
  const View view = view_of({{"aaab", 4}, {"abAbac", 3}, {"\xC3", 2}, {"aab", 1}});
  EXPECT_THAT(names(view, {{"filter", "AAB"}}), ElementsAre("aaab", "aab"));
  EXPECT_THAT(names(view, {{"filter", "abac"}}), ElementsAre("abAbac"));
  EXPECT_THAT(names(view, {{"filter", "aaaab"}}), ElementsAre());
  EXPECT_THAT(names(view, {{"filter", "b"}}), ElementsAre("aaab", "abAbac", "aab"));
}

TEST(TotalsQuery, GivesAPage) {
  const View view = view_of({{"a", 5}, {"b", 4}, {"c", 3}, {"d", 2}});
  EXPECT_THAT(names(view, {{"limit", "2"}, {"offset", "1"}}), ElementsAre("b", "c"));
  EXPECT_THAT(names(view, {{"offset", "9"}}), ElementsAre());
  EXPECT_THAT(names(view, {{"limit", "0"}}), ElementsAre());
}

TEST(TotalsQuery, SaysWhichParameterIsWrong) {
  const auto said = [](http::Fields parameters) { return query_of(std::move(parameters)).error().message; };
  EXPECT_THAT(said({{"table", "x"}}), HasSubstr("no totals table x"));
  EXPECT_THAT(said({{"sort", "x"}}), HasSubstr("it has: product, total, units, orders"));
  EXPECT_THAT(said({{"order", "up"}}), HasSubstr("asc or desc"));
  for (const char* n : {"", "-1", "1001", "x", "1x", "99999999999999999999"})
    EXPECT_THAT(said({{"limit", n}}), HasSubstr("limit")) << n;
  EXPECT_THAT(said({{"filter", std::string(201, 'x')}}), HasSubstr("filter"));
}

TEST(ViewJson, AmountsAreStringsAndSharesOfTheWhole) {
  const std::string json = totals_json(view_of({{"a", 3}, {"b\"<script>", 1}}), query_of({}).value());
  EXPECT_THAT(json, HasSubstr(R"("all_rows": 2, "rows_searched": 2, "matching": 2)"));
  EXPECT_THAT(json, HasSubstr(R"("sums": [null, "4.00", "4", null])"));
  EXPECT_THAT(json, HasSubstr(R"({"values": ["a", "3.00", "3", 3], "share": "75.00"})"));
  EXPECT_THAT(json, HasSubstr(R"(["b\"<script>", "1.00")"));
}

TEST(ViewJson, AnAnswerHasALimitOfBytesAndSaysThatThereAreMore) {
  std::vector<std::pair<std::string, std::int64_t>> products;
  for (int i = 0; i < 100; ++i) products.emplace_back(std::string(core::kMaxKeyBytes, 'x'), 1000 - i);
  const View view = view_of(products);
  const std::string json = totals_json(view, query_of({}).value());
  EXPECT_LT(json.size(), kMaxAnswerBytes + 4096);
  EXPECT_GT(json.size(), kMaxAnswerBytes - 2 * core::kMaxKeyBytes);
  EXPECT_THAT(json, HasSubstr(R"("matching": 100)"));
  EXPECT_THAT(json, HasSubstr(R"("more": true)"));
  // The others are there for who asks for them.
  EXPECT_THAT(totals_json(view, query_of({{"offset", "90"}}).value()), HasSubstr(R"("more": false)"));
  EXPECT_THAT(totals_json(view, query_of({{"offset", "90"}, {"limit", "9"}}).value()), HasSubstr(R"("more": true)"));

  // A control character is six bytes of JSON.
  const View worst = view_of({{std::string(2 * kMaxAnswerBytes, '\x01'), 2}, {"b", 1}});
  EXPECT_THAT(totals_json(worst, query_of({}).value()), HasSubstr(R"("share": "66.67"}], "more": true)"));
}

TEST(ViewJson, BeforeTheFirstReadEverythingIsThereAndEmpty) {
  View view = view_of({});
  view.tables.reset();
  EXPECT_THAT(totals_json(view, query_of({}).value()), HasSubstr(R"("all_rows": 0)"));
  EXPECT_THAT(status_json(view),
              HasSubstr(R"("as_of_ms": 0, "state": "starting", "state_since_ms": 0, "phase": "reading")"));
  EXPECT_THAT(status_json(view),
              HasSubstr(R"("lag": {"count": null, "unit": "messages", "seconds": null}, "lag_as_of_ms": 0, "held)"));
  EXPECT_THAT(state_event(view), HasSubstr(R"("tables": [])"));
}

TEST(ViewJson, TellsOpenRejectsFromThoseThatWereSentAgain) {
  View view = view_of({});
  view.counters.rejects[static_cast<int>(core::RejectReason::kInvalidJson)] = 9;
  for (const std::string& json : {status_json(view), rejects_json(view), state_event(view)})
    EXPECT_THAT(json, HasSubstr(R"("open_rejects": null, "resent": null)")) << "it is not known";
  view.resent = rejects::ResentCount{7, 2};
  for (const std::string& json : {status_json(view), rejects_json(view), state_event(view)})
    EXPECT_THAT(json, HasSubstr(R"("open_rejects": 7, "resent": 2)"));
  EXPECT_THAT(rejects_json(view), HasSubstr(R"("total": 9)"));
}

TEST(ViewJson, AnEventHasOneLineAndALimit) {
  std::vector<std::pair<std::string, std::int64_t>> products;
  for (int i = 0; i < 500; ++i) products.emplace_back("product\n" + std::to_string(i), 1000 - i);
  const std::string event = state_event(view_of(products));
  EXPECT_THAT(event, ::testing::StartsWith("event: state\ndata: {"));
  EXPECT_EQ(std::count(event.begin(), event.end(), '\n'), 3);
  EXPECT_THAT(event, HasSubstr(R"("product\u000a99")"));
  EXPECT_THAT(event, Not(HasSubstr(R"("product\u000a100")")));

  for (auto& [name, amount] : products) name = std::string(core::kMaxKeyBytes, 'x');
  EXPECT_LT(state_event(view_of(products)).size(), kMaxEventTableBytes + 4096);
}

TEST(CsvDownload, NoNameIsAFormula) {
  const auto line = [](const std::string& name, CsvDialect dialect = CsvDialect::kPlain) {
    return csv_line({name, "1234.50", "-2.5", "3"}, sales(), dialect);
  };
  EXPECT_EQ(line("Mouse"), "Mouse,1234.50,-2.5,3\r\n");
  EXPECT_EQ(line("=1+1"), "'=1+1,1234.50,-2.5,3\r\n");
  EXPECT_EQ(line("@SUM(A1)"), "'@SUM(A1),1234.50,-2.5,3\r\n");
  EXPECT_EQ(line("-2,x"), "\"'-2,x\",1234.50,-2.5,3\r\n");
  EXPECT_EQ(line("a \"b\""), "\"a \"\"b\"\"\",1234.50,-2.5,3\r\n");
}

// Whatever the file's separator is, a spreadsheet may be set to another one, and then a name is several cells.
TEST(CsvDownload, NothingAfterASeparatorIsAFormula) {
  const auto name = [](const std::string& text, CsvDialect dialect) {
    const std::string line = csv_line({text, "1", "2", "3"}, sales(), dialect);
    return line.substr(0, line.size() - std::string(",1,2,3\r\n").size());
  };
  EXPECT_EQ(name("a;=1+1", CsvDialect::kPlain), "a;'=1+1");
  EXPECT_EQ(name("a;=1+1", CsvDialect::kBrazil), "\"a;'=1+1\"");
  EXPECT_EQ(name("a,@x", CsvDialect::kBrazil), "\"a,'@x\"");
  EXPECT_EQ(name("a;\"=1+1", CsvDialect::kEnglish), "\"a;\"\"'=1+1\"");
  for (const CsvDialect dialect : {CsvDialect::kPlain, CsvDialect::kEnglish, CsvDialect::kBrazil}) {
    EXPECT_EQ(name("a\t=1", dialect), "a\t'=1");
    EXPECT_EQ(name("a\r-1", dialect), "\"a\r'-1\"");
    EXPECT_EQ(name("a\n+1", dialect), "\"a\n'+1\"");
    EXPECT_EQ(name("\t=1", dialect), "'\t'=1");
    EXPECT_EQ(name("\ra", dialect), "\"'\ra\"");
    EXPECT_EQ(name("a-b = c; d", dialect), dialect == CsvDialect::kBrazil ? "\"a-b = c; d\"" : "a-b = c; d");
  }
}

TEST(CsvDownload, SpreadsheetsInPortugueseGetTheirOwnForm) {
  EXPECT_EQ(csv_header(sales(), CsvDialect::kPlain), "product,total,units,orders\r\n");
  EXPECT_EQ(csv_header(sales(), CsvDialect::kBrazil), "\xEF\xBB\xBFproduct;total;units;orders\r\n");
  EXPECT_EQ(csv_line({"a;b", "1234.50", "2", "3"}, sales(), CsvDialect::kBrazil), "\"a;b\";1234,50;2;3\r\n");
}

std::string text_of(const http::Response& response) {
  if (!response.file) return *response.body;
  std::string text(static_cast<std::size_t>(response.file->size_bytes), '\0');
  EXPECT_EQ(pread(response.file->file.get(), text.data(), text.size(), 0), response.file->size_bytes);
  return text;
}

TEST(CsvDownload, IsAFileAlsoFromTheView) {
  const std::atomic<bool> is_stopping{false};
  const View view = view_of({{"a", 2}, {"b", 1}});
  const http::Response response = csv_of(sales(), view.tables->at(0), CsvDialect::kPlain, is_stopping);
  EXPECT_EQ(response.body, nullptr);
  EXPECT_EQ(text_of(response), "product,total,units,orders\r\na,2.00,2,2\r\nb,1.00,1,1\r\n");
}

// Pages of one row, until the reader has had enough.
class EndlessInspection final : public store::testing::EmptyInspection {
 public:
  base::Status scan_totals(store::TableIndex,
                           const std::function<base::Status(std::span<const store::StoredTotals>)>& on_page) override {
    const std::vector<store::StoredTotals> page{{{std::string(1000, 'x'), {}, 0}, {}}};
    for (;;) SALESTREAM_TRY(on_page(page));
  }
};

class EndlessStore final : public store::testing::EmptyStore {
 public:
  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    return std::unique_ptr<store::Inspection>(std::make_unique<EndlessInspection>());
  }
};

class UnreadableInspection final : public store::testing::EmptyInspection {
 public:
  base::Status scan_totals(store::TableIndex,
                           const std::function<base::Status(std::span<const store::StoredTotals>)>& on_page) override {
    return on_page(std::vector<store::StoredTotals>{{{"Mouse", {}, 0}, store::Unreadable{"units", "\"33,0\""}}});
  }
};

class UnreadableStore final : public store::testing::EmptyStore {
 public:
  base::Result<std::unique_ptr<store::Inspection>> inspect() override {
    return std::unique_ptr<store::Inspection>(std::make_unique<UnreadableInspection>());
  }
};

TEST(CsvDownload, SaysInWhichStoreARowCannotBeRead) {
  UnreadableStore store;
  const std::atomic<bool> is_stopping{false};
  const http::Response response = csv_from_store(sales(), 0, store, CsvDialect::kPlain, is_stopping);
  EXPECT_EQ(response.status, 503);
  EXPECT_THAT(text_of(response), HasSubstr("can't be downloaded now: a store: a row of table "));
}

TEST(CsvDownload, HasALimitOfBytesAndOfTime) {
  EndlessStore store;
  std::atomic<bool> is_stopping{false};
  const auto ask = [&](const DownloadLimits& limits) {
    return csv_from_store(sales(), 0, store, CsvDialect::kPlain, is_stopping, limits);
  };
  const http::Response large = ask({.max_bytes = 3'000'000});
  EXPECT_EQ(large.status, 503);
  EXPECT_THAT(text_of(large), HasSubstr("more than 3 MB"));
  const http::Response slow = ask({.max_bytes = INT64_MAX, .max_time = std::chrono::milliseconds(1)});
  EXPECT_EQ(slow.status, 503);
  EXPECT_THAT(text_of(slow), HasSubstr("took longer than"));
  is_stopping = true;
  EXPECT_THAT(text_of(ask({})), HasSubstr("the run ends"));
}

}  // namespace
}  // namespace salestream::web
