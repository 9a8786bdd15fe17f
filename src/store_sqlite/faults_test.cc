// SPDX-License-Identifier: Apache-2.0
// Breaks what a SQLite store stands on (its process, its disk, its lock, its bytes) and looks at what is left: always
// the last whole flush, and an error that names the file.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <fstream>
#include <random>
#include <thread>

#include "store_sqlite/test_place.h"

namespace salestream::store {
namespace {

using testing::HasSubstr;

constexpr int kKeys = 50;
constexpr core::PartitionId kPartitions = 2;

// Flush number `n` leaves every cell with n orders, every totals row with their sum and all progress at n.
base::Status flush_number(Session& session, std::int64_t n) {
  std::vector<std::string> names;
  for (int i = 0; i < kKeys; ++i) names.push_back("product " + std::to_string(i));
  return session.flush([&](FlushSteps& steps) -> base::Status {
    core::Reject reject;
    reject.offset = n;
    reject.message = std::string(500, 'x');
    SALESTREAM_TRY(steps.write_rejects({&reject, 1}));
    std::vector<CellWrite> cells;
    std::vector<core::TotalsRow> totals;
    for (const std::string& name : names) {
      for (core::PartitionId p = 0; p < kPartitions; ++p)
        cells.push_back({name, p, {{core::Decimal::from_integer(n), {}, n}, n}});
      totals.push_back({name, {core::Decimal::from_integer(n * kPartitions), {}, n * kPartitions}, n});
    }
    SALESTREAM_TRY(steps.write_cells(kProductSales, cells));
    SALESTREAM_TRY(steps.write_totals(kProductSales, totals));
    for (core::PartitionId p = 0; p < kPartitions; ++p) {
      const core::PartitionProgress at = progress(p, n + 1);
      SALESTREAM_TRY(steps.write_progress({&at, 1}));
    }
    return {};
  });
}

// The number of the flush that the store shows, all of it; fails the test when it shows parts of two.
std::int64_t whole_flush(Session& session) {
  const auto all_progress = session.read_progress().value();
  if (all_progress.empty()) {
    EXPECT_EQ(session.read_totals(kProductSales, {}).value().all_rows, 0);
    return 0;
  }
  const std::int64_t n = all_progress[0].next_offset - 1;
  for (const auto& p : all_progress) EXPECT_EQ(p.next_offset, n + 1);
  const TotalsPage page = session.read_totals(kProductSales, {}).value();
  EXPECT_EQ(page.all_rows, kKeys);
  for (const auto& row : page.rows) {
    EXPECT_EQ(row.measures.orders, n * kPartitions);
    for (core::PartitionId p = 0; p < kPartitions; ++p) {
      std::vector<std::optional<core::Cell>> cells;
      const std::string_view key = row.key;
      EXPECT_TRUE(session.read_partition_cells(kProductSales, p, {&key, 1}, cells).ok());
      EXPECT_EQ(cells.at(0).value().applied_through, n);
    }
  }
  EXPECT_EQ(session.read_rejects(1'000'000).value().size(), static_cast<std::size_t>(n));
  return n;
}

// Runs `work` in a process of its own; its exit status, 99 when it could not say.
template <typename Work>
int in_another_process(const Work& work) {
  const pid_t pid = fork();
  if (pid == 0) _exit(work());
  int status = 0;
  SALESTREAM_CHECK(pid > 0 && waitpid(pid, &status, 0) == pid);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST(SqliteFaults, ASecondRunInAnotherProcessIsRefusedByName) {
  SqlitePlace place;
  const auto first = place.store(contract_identity());
  ASSERT_OK(first->open_for_run());
  const std::string pid = "process " + std::to_string(getpid()) + ")";
  EXPECT_EQ(in_another_process([&] {
              const auto status = place.store(contract_identity())->open_for_run();
              if (status.ok()) return 1;
              return status.error().message.find(pid) == std::string::npos ? 2 : 0;
            }),
            0);
}

TEST(SqliteFaults, Kill9AtAnyMomentLeavesAWholeFlush) {
  SqlitePlace place;
  std::mt19937 random(20241103);
  std::int64_t before = 0;
  for (int round = 0; round < 30; ++round) {
    int ready[2];
    ASSERT_EQ(pipe(ready), 0);
    const pid_t pid = fork();
    ASSERT_GE(pid, 0);
    if (pid == 0) {
      const auto store = place.store(contract_identity());
      if (!store->open_for_run().ok()) _exit(1);
      const auto session = store->session().value();
      if (write(ready[1], "!", 1) != 1) _exit(2);
      for (std::int64_t n = before + 1;; ++n)
        if (!flush_number(*session, n).ok()) _exit(3);
    }
    close(ready[1]);
    char byte = 0;
    EXPECT_EQ(read(ready[0], &byte, 1), 1) << "the child could not open the store";
    close(ready[0]);
    usleep(std::uniform_int_distribution<useconds_t>(0, 20'000)(random));
    kill(pid, SIGKILL);
    int status = 0;
    ASSERT_EQ(waitpid(pid, &status, 0), pid);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the child ended by itself, with " << WEXITSTATUS(status);

    // First a reader that only looks, with the WAL that was left behind.
    const auto reader = place.store(contract_identity());
    ASSERT_OK(reader->open_for_read());
    const std::int64_t now = whole_flush(*reader->session().value());
    ASSERT_GE(now, before);
    before = now;
  }
  EXPECT_GT(before, 0);
  ASSERT_OK(place.store(contract_identity())->open_for_run());
  EXPECT_EQ(in_another_process([&] {
              const auto database = place.other_program();
              auto check = database->prepare("PRAGMA integrity_check");
              return check.ok() && check->step().value() && check->text(0) == "ok" ? 0 : 1;
            }),
            0);
}

// Fills a disk of one megabyte; gone with the process that mounts it.
int fill_a_small_disk(const std::string& folder) {
  if (unshare(CLONE_NEWNS | (geteuid() == 0 ? 0 : CLONE_NEWUSER)) != 0) return 77;
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return 77;
  if (mount("none", folder.c_str(), "tmpfs", 0, "size=1m") != 0) return 77;
  const std::string file = folder + "/sales.db";
  const auto store = SqlitePlace::store_at(file);
  if (!store->open_for_run().ok()) return 1;
  const auto session = store->session().value();
  std::int64_t n = 0;
  base::Status status;
  while (status.ok() && n < 100'000) status = flush_number(*session, ++n);
  if (status.ok()) return 2;
  std::fprintf(stderr, "%s\n", status.error().message.c_str());
  if (status.error().kind != base::ErrorKind::kFailure || status.error().message.find(file) == std::string::npos)
    return 3;
  if (status.error().message.find("no room left") == std::string::npos) return 4;
  if (whole_flush(*session) != n - 1 && whole_flush(*session) != n) return 5;
  // Room again: the same flush goes through.
  if (mount("none", folder.c_str(), nullptr, MS_REMOUNT, "size=16m") != 0) return 6;
  if (!flush_number(*session, n).ok()) return 7;
  return whole_flush(*session) == n && !testing::Test::HasFailure() ? 0 : 8;
}

TEST(SqliteFaults, AFullDiskStopsWithTheLastFlushWhole) {
  SqlitePlace place;
  const int result = in_another_process([&] { return fill_a_small_disk(place.folder()); });
  if (result == 77) GTEST_SKIP() << "no permission to mount a small disk";
  EXPECT_EQ(result, 0);
}

// EFBIG instead of ENOSPC: an I/O error as a bad disk gives it, and it needs no permission.
TEST(SqliteFaults, AFailingDiskStopsWithTheLastFlushWhole) {
  SqlitePlace place;
  EXPECT_EQ(in_another_process([&] {
              const auto store = place.store(contract_identity());
              if (!store->open_for_run().ok()) return 1;
              const auto session = store->session().value();
              signal(SIGXFSZ, SIG_IGN);
              const rlimit limit{300'000, RLIM_INFINITY};
              if (setrlimit(RLIMIT_FSIZE, &limit) != 0) return 2;
              std::int64_t n = 0;
              base::Status status;
              while (status.ok() && n < 10'000) status = flush_number(*session, ++n);
              if (status.ok() || status.error().message.find(place.file() + ": reading or writing it failed") != 0)
                return 3;
              std::fprintf(stderr, "%s\n", status.error().message.c_str());
              const rlimit none{RLIM_INFINITY, RLIM_INFINITY};
              if (setrlimit(RLIMIT_FSIZE, &none) != 0) return 4;
              if (whole_flush(*session) != n - 1 || !flush_number(*session, n).ok()) return 5;
              return whole_flush(*session) == n && !testing::Test::HasFailure() ? 0 : 6;
            }),
            0);
}

TEST(SqliteFaults, AnotherProgramsLockIsWaitedForAndThenNamed) {
  SqlitePlace place;
  const auto store = place.store(contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  const auto other = place.other_program();
  ASSERT_OK(other->execute("BEGIN EXCLUSIVE"));
  const auto status = flush_number(*session, 1);
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(status.error().kind, base::ErrorKind::kFailure);
  EXPECT_THAT(status.error().message, HasSubstr(place.file() + ": is locked by another program"));
  ASSERT_OK(other->execute("ROLLBACK"));
  ASSERT_OK(flush_number(*session, 1));
  EXPECT_EQ(whole_flush(*session), 1);
}

TEST(SqliteFaults, DamageIsNamed) {
  SqlitePlace place;
  {
    const auto store = place.store(contract_identity());
    ASSERT_OK(store->open_for_run());
    const auto session = store->session().value();
    ASSERT_OK(flush_number(*session, 1));
  }
  {
    std::fstream file(place.file(), std::ios::in | std::ios::out | std::ios::binary);
    file.seekp(4096);
    file << std::string(std::filesystem::file_size(place.file()) - 4096, '\x5a');
  }
  const auto status = place.store(contract_identity())->open_for_run();
  ASSERT_FALSE(status.ok());
  EXPECT_THAT(status.error().message, HasSubstr(place.file() + ": is damaged"));
}

TEST(SqliteFaults, AReaderAlwaysSeesAWholeFlush) {
  SqlitePlace place;
  const auto store = place.store(contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  ASSERT_OK(flush_number(*session, 1));
  std::atomic<bool> stop = false;
  std::thread reader([&] {
    const auto looking = place.store(contract_identity());
    ASSERT_OK(looking->open_for_read());
    const auto own = looking->session().value();
    while (!stop) {
      const auto page = own->read_totals(kProductSales, {});
      ASSERT_OK(page);
      ASSERT_EQ(page->rows.front().measures.orders, page->rows.back().measures.orders);
    }
  });
  for (std::int64_t n = 2; n <= 200; ++n) EXPECT_OK(flush_number(*session, n));
  stop = true;
  reader.join();
}

TEST(SqliteFaults, TheWalStaysShortWhileOthersLook) {
  SqlitePlace place;
  const auto store = place.store(contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  // Two readers whose transactions overlap without a gap: a checkpoint that waits for nobody could never start the WAL
  // again, and it would grow to all of the 200 MiB.
  std::atomic<bool> stop = false;
  std::thread readers([&] {
    auto current = place.other_program(), next = place.other_program();
    const auto look = [](sqlite::Database& database) {
      return database.execute("BEGIN; SELECT count(*) FROM sqlite_master");
    };
    EXPECT_OK(look(*current));
    while (!stop) {
      EXPECT_OK(look(*next));
      EXPECT_OK(current->execute("COMMIT"));
      std::swap(current, next);
    }
    EXPECT_OK(current->execute("COMMIT"));
  });
  std::uintmax_t longest_bytes = 0;
  core::Reject reject;
  reject.message = std::string(1 << 20, 'x');
  for (reject.offset = 0; reject.offset < 200; ++reject.offset) {
    EXPECT_OK(session->flush([&](FlushSteps& steps) { return steps.write_rejects({&reject, 1}); }));
    longest_bytes = std::max(longest_bytes, std::filesystem::file_size(place.file() + "-wal"));
  }
  stop = true;
  readers.join();
  EXPECT_LT(longest_bytes, std::uintmax_t{140} << 20);
}

TEST(SqliteFaults, TheWalStaysWithinBoundsWhileAReaderStaysLong) {
  SqlitePlace place;
  const auto store = make_sqlite_store({place.file(), 10'000}, contract_identity());
  ASSERT_OK(store->open_for_run());
  const auto session = store->session().value();
  std::atomic<std::int64_t> written = 0;
  std::atomic<bool> stop = false;
  // Lets go only once the writer has stood still for 0.3 s, which is longer than its first wait for readers.
  std::thread reader([&] {
    const auto look = place.other_program();
    while (!stop) {
      EXPECT_OK(look->execute("BEGIN; SELECT count(*) FROM sqlite_master"));
      std::int64_t seen = written;
      auto since = std::chrono::steady_clock::now();
      while (!stop && std::chrono::steady_clock::now() - since < std::chrono::milliseconds(300)) {
        if (seen != written) since = std::chrono::steady_clock::now();
        seen = written;
        std::this_thread::yield();
      }
      EXPECT_OK(look->execute("COMMIT"));
    }
  });
  std::uintmax_t longest_bytes = 0;
  core::Reject reject;
  reject.message = std::string(1 << 20, 'x');
  for (reject.offset = 0; reject.offset < 300; ++reject.offset) {
    EXPECT_OK(session->flush([&](FlushSteps& steps) { return steps.write_rejects({&reject, 1}); }));
    longest_bytes = std::max(longest_bytes, std::filesystem::file_size(place.file() + "-wal"));
    ++written;
  }
  stop = true;
  reader.join();
  EXPECT_LT(longest_bytes, std::uintmax_t{230} << 20);
}

TEST(SqliteFaults, TheWalIsEmptyAfterARunThoughOthersAreConnected) {
  SqlitePlace place;
  std::unique_ptr<sqlite::Database> other;
  {
    const auto store = place.store(contract_identity());
    ASSERT_OK(store->open_for_run());
    const auto session = store->session().value();
    other = place.other_program();
    ASSERT_OK(flush_number(*session, 1));
    ASSERT_GT(std::filesystem::file_size(place.file() + "-wal"), 0U);
  }
  ASSERT_OK(other->execute("SELECT count(*) FROM sqlite_master"));
  EXPECT_EQ(std::filesystem::file_size(place.file() + "-wal"), 0U);
}

TEST(SqliteFaults, AFileThatIsDeletedOrReplacedUnderARunIsNamed) {
  for (const char* what : {"deleted", "replaced", "without its WAL"}) {
    SqlitePlace place;
    const auto store = place.store(contract_identity());
    ASSERT_OK(store->open_for_run());
    const auto session = store->session().value();
    ASSERT_OK(flush_number(*session, 1));
    std::string moved = place.file();
    if (what == std::string_view("deleted")) {
      std::filesystem::remove(place.file());
    } else if (what == std::string_view("replaced")) {
      std::filesystem::copy_file(place.file(), place.file() + ".copy");
      std::filesystem::rename(place.file() + ".copy", place.file());
    } else {
      std::filesystem::remove(moved = place.file() + "-wal");
    }
    const auto status = flush_number(*session, 2);
    ASSERT_FALSE(status.ok()) << what;
    EXPECT_EQ(status.error().kind, base::ErrorKind::kFailure);
    EXPECT_THAT(status.error().message, HasSubstr(moved + ": was deleted, moved or replaced"));
  }
}

}  // namespace
}  // namespace salestream::store
