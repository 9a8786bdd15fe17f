// SPDX-License-Identifier: Apache-2.0
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "store_sqlite/inspection.h"
#include "store_sqlite/lock.h"
#include "store_sqlite/pipeline.h"
#include "store_sqlite/repair.h"
#include "store_sqlite/resends.h"
#include "store_sqlite/schema.h"
#include "store_sqlite/session.h"
#include "store_sqlite/sqlite.h"

namespace salestream::store {
namespace {

using sqlite::Access;
using sqlite::Database;
using sqlite::RunLock;

// The one writer holds the pages that change again and again; a reader loses its own with every flush of another.
constexpr int kWriterPageCacheKib = 4096;
constexpr int kSessionPageCacheKib = 1024;

std::filesystem::path absolute_name(const std::string& file, std::error_code& failed) {
  std::filesystem::path path = std::filesystem::absolute(file, failed);
  if (!failed) path = std::filesystem::weakly_canonical(path, failed);
  return path;
}

class SqliteStore final : public Store {
 public:
  SqliteStore(SqliteOptions options, Identity identity)
      : options_(std::move(options)), shared_(std::make_shared<sqlite::Shared>()) {
    shared_->identity = std::move(identity);
    shared_->session_limits = {options_.busy_timeout_ms, kSessionPageCacheKib, shared_->interrupted};
  }

  std::string where() const override { return "sqlite:" + options_.file; }

  base::Result<std::vector<std::string>> schema() const override {
    const core::Definition& definition = shared_->identity.definition;
    SALESTREAM_TRY(sqlite::check_names(definition));
    std::vector<std::string> statements{sqlite::pipeline_table().ddl(), sqlite::made_tables_table().ddl()};
    for (const sqlite::TableShape& shape : sqlite::data_tables(definition)) statements.push_back(shape.ddl());
    for (const sqlite::TableShape& shape : {sqlite::resends_table(), sqlite::resend_marks_table()})
      statements.push_back(shape.ddl());
    return statements;
  }

  base::Result<std::vector<std::string>> init() override {
    SALESTREAM_ASSIGN(const bool there, find_file());
    if (there) {
      // While a run is writing this is all that init does, so it needs no lock for it.
      SALESTREAM_ASSIGN(const auto database, Database::open(shared_->file, Access::kRead, shared_->session_limits));
      SALESTREAM_ASSIGN(const bool holds, sqlite::holds_store(*database));
      if (holds) {
        SALESTREAM_TRY(sqlite::check_store(*database, shared_->identity));
        return std::vector<std::string>{};
      }
    }
    SALESTREAM_ASSIGN(const auto lock, RunLock::take(shared_->file));
    SALESTREAM_ASSIGN(const auto database, open_for_writing());
    SALESTREAM_ASSIGN(const bool holds, sqlite::holds_store(*database));
    if (holds) return std::vector<std::string>{};
    return sqlite::make_store(*database, shared_->identity);
  }

  base::Status open_for_run(const OpenOptions&) override {
    SALESTREAM_CHECK(!is_open_);
    SALESTREAM_TRY(find_file());
    SALESTREAM_ASSIGN(auto lock, RunLock::take(shared_->file));
    SALESTREAM_ASSIGN(auto database, open_for_writing());
    SALESTREAM_ASSIGN(const bool holds, sqlite::holds_store(*database));
    if (holds) {
      SALESTREAM_TRY(sqlite::check_store(*database, shared_->identity));
    } else {
      SALESTREAM_TRY(sqlite::make_store(*database, shared_->identity));
    }
    SALESTREAM_ASSIGN(auto writer, sqlite::Writer::open(std::move(database), shared_->identity));
    const base::MutexLock guard(shared_->writer_mutex);
    shared_->writer = std::move(writer);
    shared_->run_lock = std::move(lock);
    is_open_ = true;
    return {};
  }

  base::Status open_for_read() override {
    SALESTREAM_ASSIGN(const auto database, find_for_reading());
    SALESTREAM_TRY(sqlite::check_store(*database, shared_->identity, CheckedFor::kReading));
    is_open_ = true;
    return {};
  }

  base::Result<AsStored> open_as_stored() override {
    SALESTREAM_ASSIGN(const auto database, find_for_reading());
    SALESTREAM_ASSIGN(AsStored stored, sqlite::read_identity(*database, shared_->identity));
    shared_->identity = stored.identity;
    is_open_ = true;
    return stored;
  }

  base::Result<std::unique_ptr<Session>> session() override {
    SALESTREAM_CHECK(is_open_);
    return sqlite::open_session(shared_);
  }

  base::Result<std::unique_ptr<Inspection>> inspect() override {
    SALESTREAM_CHECK(is_open_);
    return sqlite::open_inspection(*shared_);
  }

  base::Result<std::unique_ptr<ResendRecords>> resends() override {
    SALESTREAM_CHECK(is_open_);
    return sqlite::open_resends(shared_);
  }

  void interrupt_reading() override { *shared_->interrupted = true; }

  base::Status reset() override {
    {
      const base::MutexLock guard(shared_->writer_mutex);
      if (shared_->writer != nullptr) return sqlite::start_generation(shared_->writer->database(), shared_->identity);
    }
    SALESTREAM_ASSIGN(const bool there, find_file());
    if (!there) return {};
    SALESTREAM_ASSIGN(const auto lock, RunLock::take(shared_->file));
    SALESTREAM_ASSIGN(const auto database, open_for_writing());
    return sqlite::start_generation(*database, shared_->identity);
  }

  base::Status repair_totals(std::span<const TotalsKeys> rows) override {
    SALESTREAM_CHECK(is_open_);
    SALESTREAM_ASSIGN(const auto database, Database::open(shared_->file, Access::kWrite, shared_->session_limits));
    SALESTREAM_TRY(sqlite::check_store(*database, shared_->identity));  // the file may be another one by now
    return sqlite::repair_totals(*database, shared_->identity.definition, rows);
  }

  bool sees_runs() const override { return true; }  // by the run lock

 private:
  // Sets shared_->file to one name whatever links and relative paths lead to it: the run lock goes by it. True: it is
  // there.
  base::Result<bool> find_file() {
    SALESTREAM_TRY(sqlite::check_names(shared_->identity.definition));
    if (options_.file.empty())
      return base::usage_error("the SQLite store has no file: say which, as in sqlite:sales.db");
    std::error_code failed;
    const std::filesystem::path path = absolute_name(options_.file, failed);
    if (failed) return base::failure(options_.file + ": cannot be found (" + failed.message() + ")");
    shared_->file = path.string();
    struct stat status {};
    if (stat(shared_->file.c_str(), &status) == 0) {
      if (S_ISDIR(status.st_mode))
        return base::failure(shared_->file + ": is a directory: name a file in it for the store, as in sqlite:" +
                             (path / "sales.db").string());
      if (!S_ISREG(status.st_mode)) return base::failure(shared_->file + ": is not a file: name a file for the store");
      return true;
    }
    if (errno != ENOENT) return base::failure(shared_->file + ": cannot be looked at (" + std::strerror(errno) + ")");
    if (!std::filesystem::is_directory(path.parent_path(), failed))
      return base::failure(shared_->file + ": its folder " + path.parent_path().string() +
                           " is not there: make it, or name another file for the store");
    return false;
  }

  // The database of a store that is there.
  base::Result<std::unique_ptr<Database>> find_for_reading() {
    SALESTREAM_CHECK(!is_open_);
    SALESTREAM_ASSIGN(const bool there, find_file());
    const IdentityCheck check = sqlite::identity_check(shared_->file, shared_->identity, CheckedFor::kReading);
    if (!there) return check.nothing_there("is not there yet");
    SALESTREAM_ASSIGN(auto database, Database::open(shared_->file, Access::kRead, shared_->session_limits));
    SALESTREAM_ASSIGN(const bool holds, sqlite::holds_store(*database));
    if (!holds) return check.nothing_there("holds no totals of salestream yet");
    return database;
  }

  base::Result<std::unique_ptr<Database>> open_for_writing() {
    return Database::open(shared_->file, Access::kCreate, {options_.busy_timeout_ms, kWriterPageCacheKib});
  }

  const SqliteOptions options_;
  const std::shared_ptr<sqlite::Shared> shared_;
  bool is_open_ = false;
};

}  // namespace

std::unique_ptr<Store> make_sqlite_store(const SqliteOptions& options, Identity identity) {
  return std::make_unique<SqliteStore>(options, std::move(identity));
}

}  // namespace salestream::store
