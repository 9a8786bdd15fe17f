// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/resends.h"

#include <utility>

#include "base/logging.h"
#include "store_sqlite/columns.h"
#include "store_sqlite/pipeline.h"
#include "store_sqlite/statements.h"

namespace salestream::store::sqlite {
namespace {

base::Error resends_changed_by_hand(const std::string& file, std::string_view found) {
  return base::failure(file + ": its table salestream_resends holds \"" + base::printable(found, 100) +
                       "\", so it was changed by something other than this salestream. Put a good copy back");
}

class SqliteResends final : public ResendRecords {
 public:
  SqliteResends(std::shared_ptr<Shared> shared, std::unique_ptr<Database> database)
      : shared_(std::move(shared)), database_(std::move(database)) {}

  base::Result<std::vector<Resend>> read() override {
    std::vector<Resend> resends;
    SALESTREAM_ASSIGN(const bool there, has_resend_tables(*database_));
    if (!there) return resends;
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(shared_sql().read_resends));
    RowBinder(statement).text(shared_->identity.source);
    for (;;) {
      SALESTREAM_ASSIGN(const bool row, statement.step());
      if (!row) return resends;
      RowReader reader(statement);
      if (resend_columns().read(reader, resends.emplace_back()) != nullptr)
        return resends_changed_by_hand(database_->file(), reader.last_text());
    }
  }

  base::Result<std::vector<ResendMark>> read_marks(std::span<const RejectPlace> places) override {
    std::vector<ResendMark> marks;
    SALESTREAM_ASSIGN(const bool there, has_resend_tables(*database_));
    if (!there) return marks;
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kRead));
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(shared_sql().read_resend_marks));
    RowBinder binder;
    for (const RejectPlace& place : places) {
      binder.begin(statement).integer(place.partition).integer(place.offset);
      for (;;) {
        SALESTREAM_ASSIGN(const bool row, statement.step());
        if (!row) break;
        RowReader reader(statement);
        static_cast<void>(resend_mark_columns().read(reader, marks.emplace_back()));  // anything is one
      }
    }
    SALESTREAM_TRY(transaction.commit());
    return marks;
  }

  base::Status begin(const Resend& resend, std::span<const ResendMark> marks) override {
    return writing([&](Database& database) -> base::Status {
      std::vector<std::string> made;
      SALESTREAM_TRY(make_resend_tables(database, made));
      SALESTREAM_ASSIGN(Statement record, database.prepare(shared_sql().write_resend));
      RowBinder row;
      resend_columns().bind(row.begin(record), resend);
      SALESTREAM_TRY(record.run());
      SALESTREAM_ASSIGN(Statement insert, database.prepare(shared_sql().write_resend_mark));
      for (const ResendMark& mark : marks) {
        resend_mark_columns().bind(row.begin(insert), mark);
        SALESTREAM_TRY(insert.run());
      }
      return {};
    });
  }

  base::Status settle(const std::string& id, ResendState state, std::int64_t settled_ms) override {
    return writing([&](Database& database) -> base::Status {
      SALESTREAM_ASSIGN(Statement statement, database.prepare(shared_sql().settle_resend));
      RowBinder(statement).text(name_of(state)).integer(settled_ms).text(id);
      return statement.run();
    });
  }

 private:
  // Opened for writing only when there is something to write: looking leaves no trace.
  template <typename Work>
  base::Status writing(const Work& work) {
    SALESTREAM_ASSIGN(const auto database, Database::open(shared_->file, Access::kWrite, shared_->session_limits));
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database, Transaction::Kind::kWrite));
    SALESTREAM_TRY(work(*database));
    return transaction.commit();
  }

  const std::shared_ptr<Shared> shared_;
  const std::unique_ptr<Database> database_;
};

}  // namespace

base::Result<std::unique_ptr<ResendRecords>> open_resends(const std::shared_ptr<Shared>& shared) {
  SALESTREAM_ASSIGN(auto database, Database::open(shared->file, Access::kRead, shared->session_limits));
  return std::unique_ptr<ResendRecords>(std::make_unique<SqliteResends>(shared, std::move(database)));
}

}  // namespace salestream::store::sqlite
