// SPDX-License-Identifier: Apache-2.0
// SQLite's handles, owned, and its errors in words. A Database and its Statements belong to one thread at a time; a
// Statement must not outlive its Database.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace salestream::store::sqlite {

struct CloseDatabase {
  void operator()(sqlite3* database) const;
};
struct FinalizeStatement {
  void operator()(sqlite3_stmt* statement) const;
};
using DatabaseHandle = std::unique_ptr<sqlite3, CloseDatabase>;
using StatementHandle = std::unique_ptr<sqlite3_stmt, FinalizeStatement>;

class Database;

// A prepared statement. Parameters count from 1 and columns from 0, as in SQLite. Bound bytes are not copied: they have
// to stay until the statement is reset or run to its end.
class Statement {
 public:
  Statement() = default;

  void bind_integer(int parameter, std::int64_t value);
  void bind_text(int parameter, std::string_view text);
  void bind_blob(int parameter, std::string_view bytes);
  void bind_null(int parameter);

  // True: a row is there. False: no more, and the statement is reset.
  base::Result<bool> step();
  // For statements that give no rows.
  base::Status run();
  void reset();

  // Of the current row; the bytes live until the next step.
  std::int64_t integer(int column) const;  // of what is none, what SQLite makes of it
  bool is_integer(int column) const;       // before its text is asked for
  std::string_view text(int column) const;
  std::string_view blob(int column) const;
  bool is_null(int column) const;

  explicit operator bool() const { return handle_ != nullptr; }

 private:
  friend class Database;
  Statement(const Database* database, StatementHandle handle) : database_(database), handle_(std::move(handle)) {}
  void keep_first_failure(int code);

  const Database* database_ = nullptr;
  StatementHandle handle_;
  int bind_failure_ = 0;
};

enum class Access : std::uint8_t {
  kRead,    // the file is there, and nothing in it is changed
  kWrite,   // the file is there
  kCreate,  // the file is made when it is not there
};

struct Limits {
  int busy_timeout_ms = 10'000;
  int page_cache_kib = 1024;
  // A connection that only reads fails from when this is true on; nullptr: it never is.
  std::shared_ptr<const std::atomic<bool>> interrupted = nullptr;
};

// Which file it is that stands under a name.
struct Inode {
  std::uint64_t device = 0;
  std::uint64_t number = 0;
  bool operator==(const Inode&) const = default;
};

class Database {
 public:
  static base::Result<std::unique_ptr<Database>> open(const std::string& file, Access access, const Limits& limits);

  base::Status execute(const std::string& sql);
  base::Result<Statement> prepare(std::string_view sql) const;

  bool is_in_transaction() const;
  // Whether the file and its WAL are still those that this connection writes to. A file that was deleted or replaced
  // takes everything, and it is gone with the connection.
  base::Status check_in_place();
  // Moves what is in the WAL into the database file. With a wait, at most so long each for readers of earlier flushes
  // and for those of the last one, the WAL starts again, empty.
  base::Status checkpoint(std::optional<int> wait_for_readers_ms = std::nullopt);
  // Pages in the WAL as of the last commit of this connection.
  int wal_pages() const { return wal_pages_; }

  const std::string& file() const { return file_; }
  bool is_interrupted() const { return interrupted_ != nullptr && *interrupted_; }

  // The failure of the last call, for the person who reads it: what happened, in which file, what to do.
  base::Error error(int code) const;

 private:
  Database() = default;

  std::string file_;
  Limits limits_;
  const std::atomic<bool>* interrupted_ = nullptr;
  int wal_pages_ = 0;
  std::optional<Inode> file_inode_, wal_inode_;
  DatabaseHandle handle_;
};

// BEGIN … COMMIT; rolled back unless commit() went through.
class Transaction {
 public:
  enum class Kind : std::uint8_t { kRead, kWrite };

  static base::Result<Transaction> begin(Database& database, Kind kind);
  Transaction(Transaction&& other) noexcept : database_(std::exchange(other.database_, nullptr)) {}
  Transaction& operator=(Transaction&&) = delete;
  ~Transaction();

  base::Status commit();

 private:
  explicit Transaction(Database& database) : database_(&database) {}
  Database* database_;
};

// A name as SQL has it: bare where that is enough, in double quotes otherwise.
std::string quoted_name(std::string_view name);

}  // namespace salestream::store::sqlite
