// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/handles.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>
#include <utility>

namespace salestream::store::sqlite {
namespace {

constexpr int kOperationsBetweenLooks = 1000;  // of SQLite's virtual machine: less than a millisecond, without the disk

// SQLite takes a null pointer for NULL, and an empty string_view may have one.
const char* never_null(std::string_view bytes) { return bytes.data() == nullptr ? "" : bytes.data(); }

std::string describe(int code, const std::string& file, const std::string& what, int system_errno,
                     int busy_timeout_ms) {
  const std::string cause = what + (system_errno != 0 ? ": " + std::string(std::strerror(system_errno)) : "");
  switch (code & 0xff) {
    case SQLITE_FULL:
      return file +
             ": no room left on its disk. The store is whole, as of its last flush that went through: make room, "
             "then start again";
    case SQLITE_IOERR:
      if (system_errno == ENOSPC) return describe(SQLITE_FULL, file, what, 0, busy_timeout_ms);
      return file + ": reading or writing it failed (" + cause +
             "). The store is whole, as of its last flush that "
             "went through: look after the disk, then start again";
    case SQLITE_READONLY:
      return file + ": cannot be written (" + cause + "). The file and its folder must be writable: files named " +
             file + "-wal and -shm come and go beside it";
    case SQLITE_CANTOPEN:
      return file + ": cannot be opened (" + cause +
             "). Its folder must be there, and may have to be writable: files "
             "named " +
             file + "-wal and -shm come and go beside it";
    case SQLITE_CORRUPT:
      return file + ": is damaged (" + cause +
             "). Put a good copy back, or move it away and run again: the totals are "
             "then counted anew from the source";
    case SQLITE_NOTADB:
      return file + ": is not a SQLite database, and was left as it is. Name another file for the store";
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return file + ": is locked by another program, for more than " + std::to_string(busy_timeout_ms) +
             " ms. The store is whole, as of its last flush that went through: end the other program's transaction (an "
             "open sqlite3 shell, a backup), then start again";
    case SQLITE_INTERRUPT: return file + ": reading it was interrupted";
    default: return file + ": SQLite failed (" + cause + ", code " + std::to_string(code) + ")";
  }
}

bool is_missing_or_empty(const std::string& file) {
  struct stat status {};
  return stat(file.c_str(), &status) != 0 || status.st_size == 0;
}

// SQLite opens these through links, and would write to where they lead.
base::Status check_companions(const std::string& file) {
  for (const char* ending : {"-wal", "-shm", "-journal"}) {
    struct stat status {};
    if (lstat((file + ending).c_str(), &status) == 0 && !S_ISREG(status.st_mode))
      return base::failure(file + ": what stands beside it as " + file + ending +
                           " is a link, or no file at all, and none of SQLite's. It was left as it is: name another "
                           "file for the store, or move it away");
  }
  return {};
}

// A new file is its owner's alone: it will hold customers' documents. SQLite gives -wal and -shm its mode.
base::Status make_private(const std::string& file) {
  const int made = open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (made >= 0) {
    close(made);
    return {};
  }
  struct stat status {};
  if (errno == EEXIST && stat(file.c_str(), &status) != 0 && errno == ENOENT)
    return base::failure(file + ": is a link that leads to no file. Name the file itself for the store");
  return {};  // there already; or SQLite says why not
}

std::optional<Inode> inode_at(const std::string& path) {
  struct stat status {};
  if (stat(path.c_str(), &status) != 0) return std::nullopt;
  return Inode{status.st_dev, status.st_ino};
}

// For a file on a read-only medium, where SQLite can't make its -shm file: sound only when no WAL is waiting.
std::string immutable_uri(const std::string& file) {
  std::string uri = "file://";
  for (const char c : file) {
    if (c == '?' || c == '#' || c == '%') {
      constexpr const char* kHex = "0123456789ABCDEF";
      uri += '%';
      uri += kHex[static_cast<unsigned char>(c) >> 4];
      uri += kHex[c & 15];
    } else {
      uri += c;
    }
  }
  return uri + "?immutable=1";
}

}  // namespace

void CloseDatabase::operator()(sqlite3* database) const { sqlite3_close_v2(database); }
void FinalizeStatement::operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }

void Statement::keep_first_failure(int code) {
  if (bind_failure_ == SQLITE_OK) bind_failure_ = code;
}
void Statement::bind_integer(int parameter, std::int64_t value) {
  keep_first_failure(sqlite3_bind_int64(handle_.get(), parameter, value));
}
void Statement::bind_text(int parameter, std::string_view text) {
  keep_first_failure(
      sqlite3_bind_text64(handle_.get(), parameter, never_null(text), text.size(), SQLITE_STATIC, SQLITE_UTF8));
}
void Statement::bind_blob(int parameter, std::string_view bytes) {
  keep_first_failure(sqlite3_bind_blob64(handle_.get(), parameter, never_null(bytes), bytes.size(), SQLITE_STATIC));
}
void Statement::bind_null(int parameter) { keep_first_failure(sqlite3_bind_null(handle_.get(), parameter)); }

base::Result<bool> Statement::step() {
  // Rows may be few operations each, and megabytes.
  const int before = database_->is_interrupted() ? SQLITE_INTERRUPT : bind_failure_;
  const int code = before != SQLITE_OK ? before : sqlite3_step(handle_.get());
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) {
    reset();
    return false;
  }
  auto error = database_->error(code);  // before reset, which clears it
  reset();
  return error;
}

base::Status Statement::run() {
  const auto row = step();
  if (!row.ok()) return row.error();
  SALESTREAM_CHECK(!*row);
  return {};
}

void Statement::reset() {
  sqlite3_reset(handle_.get());
  bind_failure_ = SQLITE_OK;
}

std::int64_t Statement::integer(int column) const { return sqlite3_column_int64(handle_.get(), column); }
bool Statement::is_integer(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_INTEGER; }
std::string_view Statement::text(int column) const {
  const auto* bytes = reinterpret_cast<const char*>(sqlite3_column_text(handle_.get(), column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}
std::string_view Statement::blob(int column) const {
  const auto* bytes = static_cast<const char*>(sqlite3_column_blob(handle_.get(), column));
  return {bytes == nullptr ? "" : bytes, static_cast<std::size_t>(sqlite3_column_bytes(handle_.get(), column))};
}
bool Statement::is_null(int column) const { return sqlite3_column_type(handle_.get(), column) == SQLITE_NULL; }

base::Result<std::unique_ptr<Database>> Database::open(const std::string& file, Access access, const Limits& limits) {
  std::unique_ptr<Database> database(new Database);
  database->file_ = file;
  database->limits_ = limits;
  SALESTREAM_TRY(check_companions(file));
  if (access == Access::kCreate) SALESTREAM_TRY(make_private(file));
  // A reader opens for writing too, and then forbids itself to: the last one to leave can tidy up -wal and -shm only
  // so.
  const auto try_open = [&](const std::string& name, int flags) {
    sqlite3* raw = nullptr;
    const int code = sqlite3_open_v2(name.c_str(), &raw, flags | SQLITE_OPEN_NOMUTEX, nullptr);
    database->handle_.reset(raw);
    if (raw == nullptr) return SQLITE_NOMEM;
    sqlite3_extended_result_codes(raw, 1);
    if (code != SQLITE_OK) return code;
    sqlite3_busy_timeout(raw, limits.busy_timeout_ms);
    // The first look into the file: that it is a database shows only now.
    return sqlite3_exec(raw, "SELECT count(*) FROM sqlite_master", nullptr, nullptr, nullptr);
  };
  int code = try_open(file, SQLITE_OPEN_READWRITE | (access == Access::kCreate ? SQLITE_OPEN_CREATE : 0));
  if ((code & 0xff) == SQLITE_CANTOPEN && access == Access::kRead && is_missing_or_empty(file + "-wal") &&
      !is_missing_or_empty(file))
    code = try_open(immutable_uri(file), SQLITE_OPEN_READONLY | SQLITE_OPEN_URI);
  if (code != SQLITE_OK) return database->error(code);
  if (access != Access::kRead && sqlite3_db_readonly(database->handle_.get(), "main") == 1)
    return base::failure(describe(SQLITE_READONLY, file, "no permission", 0, limits.busy_timeout_ms));

  SALESTREAM_TRY(database->execute("PRAGMA cache_size=-" + std::to_string(limits.page_cache_kib) +
                                   "; PRAGMA mmap_size=0; PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF;" +
                                   (access == Access::kRead ? "PRAGMA query_only=ON;" : "")));
  if (access == Access::kRead && limits.interrupted != nullptr) {
    database->interrupted_ = limits.interrupted.get();
    sqlite3_progress_handler(
        database->handle_.get(), kOperationsBetweenLooks,
        [](void* context) { return static_cast<const Database*>(context)->is_interrupted() ? 1 : 0; }, database.get());
  }
  database->file_inode_ = inode_at(file);
  sqlite3_wal_hook(
      database->handle_.get(),
      [](void* context, sqlite3*, const char*, int pages) {
        static_cast<Database*>(context)->wal_pages_ = pages;
        return SQLITE_OK;
      },
      database.get());
  return database;
}

base::Status Database::execute(const std::string& sql) {
  const int code = sqlite3_exec(handle_.get(), sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return error(code);
  return {};
}

base::Result<Statement> Database::prepare(std::string_view sql) const {
  sqlite3_stmt* raw = nullptr;
  const int code = sqlite3_prepare_v3(handle_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &raw, nullptr);
  if (code != SQLITE_OK) return error(code);
  return Statement(this, StatementHandle(raw));
}

bool Database::is_in_transaction() const { return sqlite3_get_autocommit(handle_.get()) == 0; }

base::Status Database::check_in_place() {
  const std::string wal = file_ + "-wal";
  const std::optional<Inode> wal_inode = inode_at(wal);
  if (!wal_inode_) wal_inode_ = wal_inode;  // SQLite makes it with the first write
  if (inode_at(file_) == file_inode_ && wal_inode == wal_inode_) return {};
  const std::string& moved = inode_at(file_) == file_inode_ ? wal : file_;
  return base::failure(
      moved +
      ": was deleted, moved or replaced while this run was writing to it, so what was counted since "
      "is in no file that stands there now. Put the file back, whole, or leave it as it is; then start "
      "again: what is not in the store is counted from the source");
}

// SQLite's own waiting would be for the first reader's place among the marks of readers, which one that comes back at
// once takes again. A new attempt sees that this reader has the last flush by now, and is in nobody's way.
base::Status Database::checkpoint(std::optional<int> wait_for_readers_ms) {
  constexpr std::chrono::milliseconds kNap{5};
  const int mode = wait_for_readers_ms ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE;
  const auto deadline = std::chrono::steady_clock::now() + std::chrono::milliseconds(wait_for_readers_ms.value_or(0));
  sqlite3_busy_timeout(handle_.get(), 0);
  int pages = 0, code = SQLITE_OK;
  for (;;) {
    code = sqlite3_wal_checkpoint_v2(handle_.get(), nullptr, mode, &pages, nullptr);
    const bool is_busy = (code & 0xff) == SQLITE_BUSY || (code & 0xff) == SQLITE_LOCKED;
    if (!is_busy || std::chrono::steady_clock::now() >= deadline) break;
    std::this_thread::sleep_for(kNap);
  }
  sqlite3_busy_timeout(handle_.get(), limits_.busy_timeout_ms);
  const int primary = code & 0xff;
  if (primary != SQLITE_OK && primary != SQLITE_BUSY && primary != SQLITE_LOCKED) return error(code);
  wal_pages_ = pages < 0 ? 0 : pages;
  return {};
}

base::Error Database::error(int code) const {
  const char* what = sqlite3_errstr(code);
  int system_errno = 0;
  if (handle_ != nullptr) {
    if (sqlite3_extended_errcode(handle_.get()) == code) what = sqlite3_errmsg(handle_.get());
    const int primary = code & 0xff;
    if (primary == SQLITE_IOERR || primary == SQLITE_CANTOPEN || primary == SQLITE_READONLY)
      system_errno = sqlite3_system_errno(handle_.get());
  }
  return base::failure(describe(code, file_, what, system_errno, limits_.busy_timeout_ms));
}

base::Result<Transaction> Transaction::begin(Database& database, Kind kind) {
  SALESTREAM_TRY(database.execute(kind == Kind::kWrite ? "BEGIN IMMEDIATE" : "BEGIN"));
  return Transaction(database);
}

base::Status Transaction::commit() {
  SALESTREAM_TRY(database_->execute("COMMIT"));
  database_ = nullptr;
  return {};
}

Transaction::~Transaction() {
  // A full disk, say, has rolled it back already. When ROLLBACK fails, closing the file does the same.
  if (database_ != nullptr && database_->is_in_transaction()) static_cast<void>(database_->execute("ROLLBACK").ok());
}

std::string quoted_name(std::string_view name) {
  bool bare = !name.empty() && !sqlite3_keyword_check(name.data(), static_cast<int>(name.size()));
  for (std::size_t i = 0; i < name.size() && bare; ++i) {
    const char c = name[i];
    bare = (c >= 'a' && c <= 'z') || c == '_' || (i > 0 && c >= '0' && c <= '9');
  }
  if (bare) return std::string(name);
  std::string quoted = "\"";
  for (const char c : name) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted += '"';
}

}  // namespace salestream::store::sqlite
