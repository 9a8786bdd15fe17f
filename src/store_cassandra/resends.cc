// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/resends.h"

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "store/timestamps.h"
#include "store_cassandra/catalog.h"
#include "store_cassandra/rows.h"
#include "store_cassandra/schema.h"
#include "store_cassandra/statements.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::size_t kRowsAtOnce = FlushSteps::kMaxRowsPerStep;

class CassandraResends final : public ResendRecords {
 public:
  explicit CassandraResends(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {}

  base::Status prepare(const std::string& keyspace) {
    const SharedCql cql = shared_cql(keyspace);
    for (const auto& [statement, text] : {std::pair{&write_resend_, &cql.write_resend},
                                          {&settle_resend_, &cql.settle_resend},
                                          {&read_resends_, &cql.read_resends},
                                          {&write_mark_, &cql.write_resend_mark},
                                          {&read_marks_, &cql.read_resend_marks}}) {
      SALESTREAM_ASSIGN(*statement, client().prepare(*text));
    }
    return {};
  }

  base::Result<std::vector<Resend>> read() override {
    std::vector<Resend> resends;
    BoundRows row;
    row.text(shared_->pipeline).end_row();  // the partition key alone
    SALESTREAM_TRY(client().scan(read_resends_, row, [&](const Answer& page) -> base::Status {
      for (ValueReader values(page.values); !values.at_end();) {
        SALESTREAM_ASSIGN(Resend resend, resend_of(values));
        if (resend.source == shared_->source) resends.push_back(std::move(resend));
      }
      return {};
    }));
    std::stable_sort(resends.begin(), resends.end(),
                     [](const Resend& a, const Resend& b) { return a.begun_ms < b.begun_ms; });
    return resends;
  }

  base::Result<std::vector<ResendMark>> read_marks(std::span<const RejectPlace> places) override {
    std::vector<ResendMark> marks;
    BoundRows rows;
    for (std::size_t begin = 0; begin < places.size(); begin += kRowsAtOnce) {
      const auto some = places.subspan(begin, std::min(kRowsAtOnce, places.size() - begin));
      rows.clear();
      for (const RejectPlace& place : some) {
        resend_mark_columns().place.bind(rows, {shared_->owner(), {place.partition, place.offset}});
        rows.end_row();
      }
      SALESTREAM_ASSIGN(const Answer answer, client().read(read_marks_, rows));
      ValueReader values(answer.values);
      for (const std::uint32_t input : answer.inputs) {
        Stored<ResendMark> mark{{}, {some[input].partition, some[input].offset}};
        SALESTREAM_TRY(read_columns(resend_mark_columns().values, values, client(), mark));
        marks.push_back(std::move(mark.row));
      }
    }
    return marks;
  }

  base::Status begin(const Resend& resend, std::span<const ResendMark> marks) override {
    const TimestampUs timestamp_us = begun_resend_timestamp(shared_->generation.base);
    BoundRows rows;
    for (std::size_t begin = 0; begin < marks.size(); begin += kRowsAtOnce) {
      rows.clear();
      for (const ResendMark& mark : marks.subspan(begin, std::min(kRowsAtOnce, marks.size() - begin))) {
        resend_mark_columns().all.bind(rows, {shared_->owner(), mark});
        rows.bigint(timestamp_us).end_row();
      }
      SALESTREAM_TRY(client().write(write_mark_, rows));
    }
    // Last: marks of a resend that has no record mean nothing.
    BoundRows record;
    resend_columns().all.bind(record, {shared_->owner(), resend});
    record.bigint(timestamp_us).end_row();
    return client().write(write_resend_, record);
  }

  base::Status settle(const std::string& id, ResendState state, std::int64_t settled_ms) override {
    BoundRows row;
    row.bigint(settled_resend_timestamp(shared_->generation.base));
    Resend settled;
    settled.id = id;
    settled.state = state;
    settled.settled_ms = settled_ms;
    resend_columns().outcome.bind(row, {shared_->owner(), settled});
    resend_columns().key.bind(row, {shared_->owner(), settled});
    row.end_row();
    return client().write(settle_resend_, row);
  }

 private:
  Client& client() const { return *shared_->client; }

  base::Result<Resend> resend_of(ValueReader& values) const {
    Stored<Resend> resend;
    if (resend_columns().read.read(values, resend) != nullptr)
      return client().failure("its table salestream_resends has a row " + base::printable(resend.row.id, 100) +
                              " that is not as salestream made it. Put a good copy back");
    return std::move(resend.row);
  }

  const std::shared_ptr<const Shared> shared_;
  Statement write_resend_, settle_resend_, read_resends_, write_mark_, read_marks_;
};

// Of a keyspace that an earlier salestream made: nothing was sent again yet.
class NoResends final : public ResendRecords {
 public:
  explicit NoResends(std::shared_ptr<const Shared> shared) : shared_(std::move(shared)) {}

  base::Result<std::vector<Resend>> read() override { return std::vector<Resend>(); }
  base::Result<std::vector<ResendMark>> read_marks(std::span<const RejectPlace>) override {
    return std::vector<ResendMark>();
  }
  base::Status begin(const Resend&, std::span<const ResendMark>) override {
    return shared_->client->failure(
        "was made by an earlier salestream, and has no tables for rejects that are sent again: "
        "`salestream init PIPELINE` makes them");
  }
  base::Status settle(const std::string&, ResendState, std::int64_t) override { return {}; }

 private:
  const std::shared_ptr<const Shared> shared_;
};

}  // namespace

base::Result<std::unique_ptr<ResendRecords>> open_resends(std::shared_ptr<const Shared> shared,
                                                          const std::string& keyspace) {
  SALESTREAM_ASSIGN(const Catalog catalog, read_catalog(*shared->client, keyspace));
  for (const TableShape& shape : {resends_table(), resend_marks_table()})
    if (catalog.find(shape.name) == nullptr)
      return std::unique_ptr<ResendRecords>(std::make_unique<NoResends>(std::move(shared)));
  auto resends = std::make_unique<CassandraResends>(std::move(shared));
  SALESTREAM_TRY(resends->prepare(keyspace));
  return std::unique_ptr<ResendRecords>(std::move(resends));
}

}  // namespace salestream::store::cassandra
