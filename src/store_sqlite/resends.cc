// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/resends.h"

#include <utility>

#include "base/logging.h"
#include "store_sqlite/pipeline.h"
#include "store_sqlite/schema.h"

namespace salestream::store::sqlite {
namespace {

base::Error changed_by_hand(const std::string& file, std::string_view found) {
  return base::failure(file + ": its table salestream_resends holds \"" + base::printable(found, 100) +
                       "\", so it was changed by something other than this salestream. Put a good copy back");
}

class SqliteResends final : public ResendBook {
 public:
  SqliteResends(std::shared_ptr<Shared> shared, std::unique_ptr<Database> database)
      : shared_(std::move(shared)), database_(std::move(database)) {}

  base::Result<std::vector<Resend>> read() override {
    std::vector<Resend> resends;
    SALESTREAM_ASSIGN(const bool there, has_resend_tables(*database_));
    if (!there) return resends;
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(kReadResends));
    statement.bind_text(1, shared_->identity.log);
    for (;;) {
      SALESTREAM_ASSIGN(const bool row, statement.step());
      if (!row) return resends;
      Resend& resend = resends.emplace_back();
      resend.id = statement.text(0);
      const auto state = resend_state_of(statement.text(1));
      if (!state) return changed_by_hand(database_->file(), statement.text(1));
      resend.state = *state;
      resend.log = statement.text(2);
      auto ends = parse_ends(statement.text(3));
      if (!ends) return changed_by_hand(database_->file(), statement.text(3));
      resend.ends = *std::move(ends);
      resend.messages = statement.integer(4);
      resend.begun_ms = statement.integer(5);
      resend.settled_ms = statement.integer(6);
    }
  }

  base::Result<std::vector<ResendMark>> read_marks(std::span<const RejectPlace> places) override {
    std::vector<ResendMark> marks;
    SALESTREAM_ASSIGN(const bool there, has_resend_tables(*database_));
    if (!there) return marks;
    SALESTREAM_ASSIGN(Transaction transaction, Transaction::begin(*database_, Transaction::Kind::kRead));
    SALESTREAM_ASSIGN(Statement statement, database_->prepare(kReadResendMarks));
    for (const RejectPlace& place : places) {
      statement.bind_integer(1, place.partition);
      statement.bind_integer(2, place.offset);
      for (;;) {
        SALESTREAM_ASSIGN(const bool row, statement.step());
        if (!row) break;
        marks.push_back({place.partition, place.offset, static_cast<std::uint64_t>(statement.integer(1)),
                         std::string(statement.text(0))});
      }
    }
    SALESTREAM_TRY(transaction.commit());
    return marks;
  }

  base::Status begin(const Resend& resend, std::span<const ResendMark> marks) override {
    return writing([&](Database& database) -> base::Status {
      std::vector<std::string> made;
      SALESTREAM_TRY(make_resend_tables(database, made));
      SALESTREAM_ASSIGN(Statement record, database.prepare(kWriteResend));
      const std::string ends = ends_text(resend.ends);
      record.bind_text(1, resend.id);
      record.bind_text(2, name_of(resend.state));
      record.bind_text(3, resend.log);
      record.bind_text(4, ends);
      record.bind_integer(5, resend.messages);
      record.bind_integer(6, resend.begun_ms);
      record.bind_integer(7, resend.settled_ms);
      SALESTREAM_TRY(record.run());
      SALESTREAM_ASSIGN(Statement insert, database.prepare(kWriteResendMark));
      for (const ResendMark& mark : marks) {
        insert.bind_integer(1, mark.partition);
        insert.bind_integer(2, mark.offset);
        insert.bind_text(3, mark.resend);
        insert.bind_integer(4, static_cast<std::int64_t>(mark.checksum));
        SALESTREAM_TRY(insert.run());
      }
      return {};
    });
  }

  base::Status settle(const std::string& id, ResendState state, std::int64_t settled_ms) override {
    return writing([&](Database& database) -> base::Status {
      SALESTREAM_ASSIGN(Statement statement, database.prepare(kSettleResend));
      statement.bind_text(1, name_of(state));
      statement.bind_integer(2, settled_ms);
      statement.bind_text(3, id);
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

base::Result<std::unique_ptr<ResendBook>> open_resends(const std::shared_ptr<Shared>& shared) {
  SALESTREAM_ASSIGN(auto database, Database::open(shared->file, Access::kRead, shared->session_limits));
  return std::unique_ptr<ResendBook>(std::make_unique<SqliteResends>(shared, std::move(database)));
}

}  // namespace salestream::store::sqlite
