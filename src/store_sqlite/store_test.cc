// SPDX-License-Identifier: Apache-2.0
// The SQLite store beyond the contract: what a person sees in the file, and whose file it may be.
#include "store_sqlite/sqlite.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <atomic>
#include <fstream>
#include <memory>
#include <span>
#include <sstream>
#include <vector>

#include "store/contract_test.h"
#include "store_sqlite/schema.h"
#include "store_sqlite/test_place.h"

namespace salestream::store {
namespace {

using testing::HasSubstr;
using testing::Not;

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         testing::Values(StorePlaceKind{"Sqlite", &SqlitePlace::make, true, true, false}),
                         name_of_kind);

std::string contents(const std::string& path) {
  std::ostringstream out;
  out << std::ifstream(path, std::ios::binary).rdbuf();
  return out.str();
}

std::string text_of(sqlite::Database& database, const char* sql) {
  auto statement = database.prepare(sql);
  SALESTREAM_CHECK(statement.ok());
  return statement->step().value() ? std::string(statement->text(0)) : "(no row)";
}

base::Status run_once(SqlitePlace& place, const Identity& identity) { return place.store(identity)->open_for_run(); }

TEST(SqliteStore, ShowsPlainExactTotalsToAPerson) {
  SqlitePlace place;
  const auto store = place.store(product_sales());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  const core::TotalsRow rows[] = {{"Laptop", measures("99.8", "2", 1), 1}, {"Mouse", measures("1000", "1", 1), 1}};
  ASSERT_OK(session->flush([&](FlushSteps& steps) { return steps.write_totals(0, rows); }));
  const auto person = place.other_program();
  EXPECT_EQ(text_of(*person,
                    "SELECT group_concat(product_name || '=' || total_sales) FROM (SELECT * FROM product_sales "
                    "ORDER BY CAST(total_sales AS REAL) DESC)"),
            "Mouse=1000.00,Laptop=99.80");
  EXPECT_EQ(text_of(*person, "PRAGMA journal_mode"), "wal");
}

TEST(SqliteStore, DocumentHasEveryTableAsItIsMade) {
  const std::string document = contents(std::string(SALESTREAM_SOURCE_DIR) + "/docs/sqlite.md");
  std::vector<sqlite::TableShape> shapes = sqlite::data_tables(product_sales().definition);
  shapes.push_back(sqlite::pipeline_table());
  shapes.push_back(sqlite::made_tables_table());
  shapes.push_back(sqlite::resends_table());
  shapes.push_back(sqlite::resend_marks_table());
  for (const auto& shape : shapes) EXPECT_THAT(document, HasSubstr(shape.ddl() + ";\n"));
}

TEST(SqliteStore, OfAnEarlierVersionGetsTheTablesOfResendsWithTheFirstOne) {
  SqlitePlace place;
  ASSERT_OK(run_once(place, product_sales()));
  ASSERT_OK(place.other_program()->execute("DROP TABLE salestream_resends; DROP TABLE salestream_resent"));
  ASSERT_OK(run_once(place, product_sales()));
  const auto store = place.store(product_sales());
  ASSERT_OK(store->open_for_read());
  const auto records = store->resends();
  ASSERT_OK(records);
  EXPECT_TRUE((*records)->read().value().empty());
  const RejectPlace at{0, 1};
  EXPECT_TRUE((*records)->read_marks({&at, 1}).value().empty());
  Resend resend;
  resend.id = "1";
  resend.source = product_sales().source;
  const ResendMark mark{0, 1, 5, "1"};
  ASSERT_OK((*records)->begin(resend, {&mark, 1}));
  EXPECT_EQ((*records)->read().value().size(), 1U);
  EXPECT_EQ((*records)->read_marks({&at, 1}).value().size(), 1U);
}

TEST(SqliteStore, LeavesOneFileBehind) {
  SqlitePlace place;
  ASSERT_OK(run_once(place, product_sales()));
  {
    const auto reader = place.store(product_sales());
    ASSERT_OK(reader->open_for_read());
    ASSERT_TRUE(reader->session().value()->read_progress().ok());
  }
  for (const char* ending : {"-wal", "-shm", ".lock"})
    EXPECT_FALSE(std::filesystem::exists(place.file() + ending)) << ending;
}

TEST(SqliteStore, ReadingThatIsInterruptedEndsAtTheNextRow) {
  SqlitePlace place;
  {
    const auto store = place.store(product_sales());
    ASSERT_OK(store->open_for_run());
    auto session = store->session().value();
    std::vector<core::Reject> rejects(3);
    for (std::size_t i = 0; i < rejects.size(); ++i) {
      rejects[i].offset = static_cast<core::Offset>(i);
      rejects[i].message = std::string(9 << 20, 'x');  // a page each
    }
    ASSERT_OK(session->flush([&](FlushSteps& steps) { return steps.write_rejects(rejects); }));
    const auto inspection = store->inspect().value();
    int pages = 0;
    const base::Status scanned = inspection->scan_rejects({}, [&](std::span<const core::Reject>) {
      ++pages;
      store->interrupt_reading();
      return base::Status();
    });
    EXPECT_EQ(refusal_of(scanned), place.file() + ": reading it was interrupted");
    EXPECT_EQ(pages, 1);
    EXPECT_FALSE(session->read_progress().ok());
    EXPECT_OK(session->flush([](FlushSteps& steps) { return steps.write_progress({}); }));  // no reading
  }
  EXPECT_FALSE(std::filesystem::exists(place.file() + "-wal"));
}

TEST(SqliteStore, ReadingThatIsInterruptedEndsBetweenTwoRows) {
  SqlitePlace place;
  ASSERT_OK(run_once(place, product_sales()));
  const auto interrupted = std::make_shared<std::atomic<bool>>(true);
  const auto database = sqlite::Database::open(place.file(), sqlite::Access::kRead, {100, 1024, interrupted}).value();
  EXPECT_EQ(
      refusal_of(database->execute("WITH RECURSIVE many(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM many WHERE n < "
                                   "20000000) SELECT count(*) FROM many")),
      place.file() + ": reading it was interrupted");
}

TEST(SqliteStore, LeavesWhatIsNotADatabaseAsItIs) {
  SqlitePlace place;
  const std::string letter(5000, 'x');
  std::ofstream(place.file()) << letter;
  EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr("is not a SQLite database"));
  EXPECT_THAT(refusal_of(place.store(product_sales())->open_for_read()), HasSubstr("is not a SQLite database"));
  EXPECT_EQ(contents(place.file()), letter);
  EXPECT_FALSE(std::filesystem::exists(place.file() + ".lock"));
}

TEST(SqliteStore, RefusesPlacesWhereNoFileCanBe) {
  SqlitePlace place;
  EXPECT_THAT(refusal_of(SqlitePlace::store_at(place.folder())->open_for_run()), HasSubstr("is a directory"));
  EXPECT_THAT(refusal_of(SqlitePlace::store_at(place.folder() / "no" / "sales.db")->open_for_run()),
              HasSubstr("is not there"));
  EXPECT_THAT(refusal_of(SqlitePlace::store_at("/proc/sales.db")->open_for_run()), HasSubstr("cannot be written"));
  EXPECT_THAT(refusal_of(SqlitePlace::store_at("/dev/null")->open_for_run()), HasSubstr("is not a file"));
  EXPECT_EQ(SqlitePlace::store_at("")->open_for_run().error().kind, base::ErrorKind::kUsage);
}

TEST(SqliteStore, LeavesAPersonsOwnTableAsItIs) {
  for (const char* theirs : {"CREATE TABLE product_sales (product_name text PRIMARY KEY, total_sales decimal)",
                             "CREATE TABLE Product_Sales (id INTEGER PRIMARY KEY)", "CREATE TABLE rejects (x)",
                             "CREATE VIEW product_sales AS SELECT 1",
                             "CREATE TABLE product_sales (product_name TEXT PRIMARY KEY, total_sales TEXT);"
                             "INSERT INTO product_sales VALUES ('Mouse', '1')"}) {
    SqlitePlace place;
    ASSERT_OK(place.other_program()->execute(theirs));
    const std::string before = contents(place.file());
    EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr("Nothing was changed")) << theirs;
    EXPECT_EQ(contents(place.file()), before) << theirs;
  }
}

TEST(SqliteStore, TakesAnEmptyTableThatAPersonMadeInTheSameShape) {
  SqlitePlace place;
  ASSERT_OK(
      place.other_program()->execute("CREATE TABLE product_sales (product_name text PRIMARY KEY, total_sales text)"));
  EXPECT_OK(run_once(place, product_sales()));
}

TEST(SqliteStore, RefusesANewerFormatAndDamagedTables) {
  const auto refuses = [](const char* change, const char* because) {
    SqlitePlace place;
    ASSERT_OK(run_once(place, product_sales()));
    ASSERT_OK(place.other_program()->execute(change));
    EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr(because)) << change;
    EXPECT_THAT(refusal_of(place.store(product_sales())->open_for_read()), HasSubstr(because)) << change;
  };
  refuses("UPDATE salestream_pipeline SET format_version = 2", "newer salestream");
  refuses("ALTER TABLE salestream_pipeline ADD COLUMN more; UPDATE salestream_pipeline SET format_version = 2",
          "newer");
  refuses("DELETE FROM salestream_pipeline", "not as salestream made it");
  refuses("DROP TABLE product_sales", "product_sales is gone");
  refuses("ALTER TABLE product_sales_cells ADD COLUMN more", "product_sales_cells was changed");
}

TEST(SqliteStore, ResetCountsGenerationsForwardEvenWhenTheClockWentBack) {
  SqlitePlace place;
  ASSERT_OK(run_once(place, contract_identity()));
  const auto person = place.other_program();
  ASSERT_OK(person->execute(
      "UPDATE salestream_pipeline SET generation_base_us = 9000000000000000000; CREATE TABLE mine (x)"));
  ASSERT_OK(place.store(product_sales())->reset());
  EXPECT_EQ(text_of(*person, "SELECT generation || ' ' || generation_base_us FROM salestream_pipeline"),
            "2 9000000000000000001");
  EXPECT_EQ(text_of(*person, "SELECT count(*) FROM sqlite_master WHERE name LIKE 'client_sales%'"), "0")
      << "gone with its totals";
  EXPECT_EQ(text_of(*person, "SELECT count(*) FROM mine"), "0") << "a person's own table stays";
}

TEST(SqliteStore, ResetMakesNoFile) {
  SqlitePlace place;
  ASSERT_OK(place.store(contract_identity())->reset());
  EXPECT_FALSE(std::filesystem::exists(place.file()));
  std::ofstream(place.file()).flush();  // there, and empty
  ASSERT_OK(place.store(contract_identity())->reset());
  EXPECT_EQ(std::filesystem::file_size(place.file()), 0U);
}

TEST(SqliteStore, RefusesNamesThatCannotStandBesideEachOther) {
  const auto refuses = [](const auto& change) {
    Identity identity = contract_identity();
    change(identity.definition.totals);
    SqlitePlace place;
    const auto status = run_once(place, identity);
    ASSERT_FALSE(status.ok());
    EXPECT_EQ(status.error().kind, base::ErrorKind::kUsage) << status.error().message;
    EXPECT_FALSE(std::filesystem::exists(place.file()));
  };
  for (const char* name : {"Rejects", "salestream_x", "sqlite_x", "client_sales_CELLS", "CLIENT_SALES", ""})
    refuses([&](auto& totals) { totals[0].name = name; });
  refuses([](auto& totals) { totals[0].columns[0].name = "Through"; });
  refuses([](auto& totals) { totals[0].columns[0].name = "PIECES"; });
  refuses([](auto& totals) { totals[0].name = std::string("a\0b", 3); });
}

TEST(SqliteStore, SaysWhereInThePipelineFileANameIsThatCannotBe) {
  Identity identity = contract_identity();
  identity.definition.totals[0].columns[0].name = "through";
  SqlitePlace place;
  EXPECT_THAT(run_once(place, identity).error().message, testing::StartsWith("pipeline file: the totals table "));
  identity.definition.totals[0].columns[0].place = "sales.yaml:14:15";
  EXPECT_THAT(run_once(place, identity).error().message, testing::StartsWith("sales.yaml:14:15: the totals table "));
  identity.definition.totals[0].columns[0].name = "name";
  identity.definition.totals[0].name = "sqlite_x";
  identity.definition.totals[0].place = "sales.yaml:12:3";
  EXPECT_THAT(run_once(place, identity).error().message, testing::StartsWith("sales.yaml:12:3: a totals table "));
}

TEST(SqliteStore, QuotesAnyOtherName) {
  Identity identity = contract_identity();
  identity.definition.totals[0].name = "select \"x\"; -- ção";
  identity.definition.totals[0].columns[0].name = "group";
  identity.definition.totals[0].columns[1].name = "it's 100%";
  SqlitePlace place;
  const auto store = place.store(identity);
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  const core::TotalsRow row{"Mouse", measures("1", "1", 1), 1};
  ASSERT_OK(session->flush([&](FlushSteps& steps) { return steps.write_totals(0, {&row, 1}); }));
  EXPECT_EQ(session->read_totals(0, {.rows = 1}).value().rows.at(0).key, "Mouse");
}

TEST(SqliteStore, SaysSoWhenAPersonWroteWhatIsNoDecimal) {
  SqlitePlace place;
  const auto store = place.store(product_sales());
  ASSERT_OK(store->open_for_run());
  ASSERT_OK(place.other_program()->execute("INSERT INTO product_sales VALUES ('Mouse', 'a lot')"));
  const auto page = store->session().value()->read_totals(0, {.rows = 1});
  ASSERT_FALSE(page.ok());
  EXPECT_THAT(page.error().message, HasSubstr("that of \"Mouse\" holds \"a lot\" in its column total_sales"));
}

TEST(SqliteStore, LooksAtARowAndACellThatCannotBeRead) {
  SqlitePlace place;
  const auto store = place.store(contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto person = place.other_program();
  ASSERT_OK(person->execute("INSERT INTO product_sales VALUES ('Mouse', '14978,60', '1', 1)"));
  ASSERT_OK(person->execute("INSERT INTO product_sales_cells VALUES ('Mouse', 3, '1.00', 'one', 5, 7)"));
  const auto inspection = store->inspect().value();
  const auto is_unreadable = [](const std::optional<Unreadable>& what, const char* column, const char* found) {
    ASSERT_TRUE(what);
    EXPECT_EQ(what->column, column);
    EXPECT_EQ(what->found, found);
  };
  ASSERT_OK(inspection->scan_totals(kProductSales, [&](std::span<const StoredTotals> rows) -> base::Status {
    EXPECT_EQ(rows[0].key, "Mouse");
    is_unreadable(rows[0].unreadable, "total_sales", "\"14978,60\"");
    EXPECT_EQ(rows[0].measures.orders, 1) << "what stands behind it is read";
    return {};
  }));
  ASSERT_OK(inspection->scan_cells(kProductSales, [&](std::span<const StoredCell> cells) -> base::Status {
    EXPECT_EQ(cells[0].partition, 3);
    EXPECT_EQ(cells[0].cell.applied_through, 7);
    is_unreadable(cells[0].unreadable, "units", "\"one\"");
    return {};
  }));
  const auto content = inspection->read_key(kProductSales, "Mouse").value();
  EXPECT_TRUE(content.totals);
  is_unreadable(content.unreadable_totals, "total_sales", "\"14978,60\"");
  is_unreadable(content.cells.at(0).unreadable, "units", "\"one\"");
}

TEST(SqliteStore, ReadsNoNumberOutOfATextInAColumnOfIntegers) {
  SqlitePlace place;
  const auto store = place.store(contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto person = place.other_program();
  ASSERT_OK(person->execute("INSERT INTO product_sales VALUES ('Mouse', '1.00', '33', 33)"));
  ASSERT_OK(person->execute("INSERT INTO product_sales_cells VALUES ('Mouse', 3, '1.00', '33', 33, 7)"));
  const auto found = [&](const std::string& update) {
    SALESTREAM_CHECK(person->execute("UPDATE " + update).ok());
    const auto content = store->inspect().value()->read_key(kProductSales, "Mouse").value();
    const auto text = [](const std::optional<Unreadable>& what) {
      return what ? what->column + " " + what->found : "";
    };
    return "row: " + text(content.unreadable_totals) + ", cell: " + text(content.cells.at(0).unreadable) + ", " +
           std::to_string(content.cells.at(0).cell.applied_through);
  };
  EXPECT_EQ(found("product_sales SET number_of_orders = '33'"), "row: , cell: , 7") << "SQLite makes it an integer";
  EXPECT_EQ(found("product_sales SET number_of_orders = '33,0'"), "row: number_of_orders \"33,0\", cell: , 7");
  EXPECT_EQ(found("product_sales SET number_of_orders = 33.5"), "row: number_of_orders \"33.5\", cell: , 7");
  const auto page = store->session().value()->read_totals(kProductSales, {.rows = 1});
  ASSERT_FALSE(page.ok());
  EXPECT_THAT(page.error().message, HasSubstr("that of \"Mouse\" holds \"33.5\" in its column number_of_orders"));
  EXPECT_EQ(found("product_sales SET number_of_orders = 33"), "row: , cell: , 7");
  EXPECT_EQ(found("product_sales_cells SET orders = '33,0'"), "row: , cell: orders \"33,0\", 7");
  EXPECT_EQ(found("product_sales_cells SET orders = 33, through = '7th'"), "row: , cell: through \"7th\", -1");
}

TEST(SqliteStore, OneFileHasOneLockWhateverLeadsToIt) {
  SqlitePlace place;
  const auto first = place.store(contract_identity());
  ASSERT_OK(first->open_for_run());
  std::filesystem::create_symlink(place.file(), place.folder() / "link.db");
  const std::string message = refusal_of(SqlitePlace::store_at(place.folder() / "link.db")->open_for_run());
  EXPECT_THAT(message, HasSubstr("process " + std::to_string(getpid())));
  EXPECT_THAT(message, HasSubstr("--store"));
}

TEST(SqliteStore, LeavesAForeignFileInTheLocksPlaceAsItIs) {
  SqlitePlace place;
  const std::string path = place.file() + ".lock";
  const std::string cargo = "# This file is automatically @generated by Cargo.\n";
  std::ofstream(path) << cargo;
  EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr(path + ", and what stands there is no lock"));
  EXPECT_EQ(contents(path), cargo);

  // Nor is a link followed, to a file that is there or to one that would be made.
  std::filesystem::remove(path);
  for (const char* name : {"target", "none"}) {
    std::ofstream(place.folder() / "target") << cargo;
    std::filesystem::create_symlink(place.folder() / name, path);
    EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr("is no lock of salestream's"));
    EXPECT_TRUE(std::filesystem::is_symlink(path));
    std::filesystem::remove(path);
  }
  EXPECT_EQ(contents(place.folder() / "target"), cargo);
  EXPECT_FALSE(std::filesystem::exists(place.folder() / "none"));
  EXPECT_FALSE(std::filesystem::exists(place.file()));
}

TEST(SqliteStore, TakesOverALockThatAKilledRunLeft) {
  SqlitePlace place;
  const std::string path = place.file() + ".lock";
  std::ofstream(path) << "salestream run lock, process 1         \n";
  {
    const auto store = place.store(product_sales());
    ASSERT_OK(store->open_for_run());
    EXPECT_THAT(contents(path), HasSubstr("process " + std::to_string(getpid())));
    EXPECT_EQ(contents(path).size(), 40U);
  }
  EXPECT_FALSE(std::filesystem::exists(path));
  // What could be anybody's serves as a lock, and stays as it is.
  for (const std::string text : {"", "4711\n"}) {
    std::ofstream(path) << text;
    {
      const auto store = place.store(product_sales());
      ASSERT_OK(store->open_for_run());
      EXPECT_THAT(refusal_of(place.store(product_sales())->open_for_run()), HasSubstr("another run is writing to it"));
    }
    EXPECT_EQ(contents(path), text);
  }
}

TEST(SqliteStore, DoesNotWriteThroughLinksBesideTheFile) {
  SqlitePlace place;
  std::ofstream(place.folder() / "target") << "somebody's";
  for (const char* ending : {"-wal", "-shm", "-journal"}) {
    std::filesystem::create_symlink(place.folder() / "target", place.file() + ending);
    EXPECT_THAT(refusal_of(run_once(place, product_sales())), HasSubstr(place.file() + ending + " is a link"));
    std::filesystem::remove(place.file() + ending);
  }
  EXPECT_EQ(contents(place.folder() / "target"), "somebody's");
}

TEST(SqliteStore, ANewFileIsItsOwnersAloneAndAnEarlierOneKeepsItsMode) {
  const auto mode_of = [](const std::string& path) {
    return static_cast<unsigned>(std::filesystem::status(path).permissions());
  };
  SqlitePlace place;
  {
    const auto store = place.store(product_sales());
    ASSERT_OK(store->open_for_run());
    for (const char* ending : {"", "-wal", "-shm", ".lock"}) EXPECT_EQ(mode_of(place.file() + ending), 0600U) << ending;
  }
  std::filesystem::permissions(place.file(), std::filesystem::perms(0640));
  const auto store = place.store(product_sales());
  ASSERT_OK(store->open_for_run());
  for (const char* ending : {"", "-wal"}) EXPECT_EQ(mode_of(place.file() + ending), 0640U) << ending;
}

}  // namespace
}  // namespace salestream::store
