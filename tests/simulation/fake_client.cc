// SPDX-License-Identifier: Apache-2.0
#include "fake_client.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/check.h"

namespace salestream::simulation {
namespace {

constexpr std::size_t kMaxBoundValues = 24;
constexpr std::size_t kPartitionsPerPage = 8;
constexpr std::size_t kLengthBytes = 4;
constexpr std::size_t kBytesPerRow = 64;  // of most answers

// How long the value is that begins `bytes`, with its own length before it.
std::size_t encoded_bytes(std::string_view bytes) {
  std::uint32_t length = 0;
  std::memcpy(&length, bytes.data(), kLengthBytes);
  const auto value = static_cast<std::int32_t>(__builtin_bswap32(length));
  return kLengthBytes + static_cast<std::size_t>(std::max(value, 0));
}

std::string_view encoded_value(std::string_view bytes, std::size_t place) {
  for (; place > 0; --place) bytes.remove_prefix(encoded_bytes(bytes));
  return bytes.substr(0, encoded_bytes(bytes));
}

base::Error no_quorum() { return base::retriable("cassandra simulated: no quorum answered"); }

}  // namespace

// The values of one bound row, each with its length before it.
class FakeClient::BoundValues {
 public:
  BoundValues(const Plan& plan, std::string_view& rest) {
    SALESTREAM_CHECK(plan.bound <= kMaxBoundValues);
    for (std::size_t i = 0; i < plan.bound; ++i) {
      values_[i] = rest.substr(0, encoded_bytes(rest));
      rest.remove_prefix(values_[i].size());
    }
  }
  std::string_view operator[](std::size_t place) const { return values_[place]; }
  std::string_view from_to(std::size_t first, std::size_t last) const {
    return {values_[first].data(),
            static_cast<std::size_t>(values_[last].data() + values_[last].size() - values_[first].data())};
  }
  store::TimestampUs timestamp(std::size_t place) const {
    return store::cassandra::bigint_of(values_[place].substr(kLengthBytes)).value();
  }

 private:
  std::array<std::string_view, kMaxBoundValues> values_;
};

// Rows of some partitions, and for each of these which bound row asked for it.
struct FakeClient::Request {
  struct Part {
    StoredRows::Partition* partition;
    std::uint32_t input;
    bool has_deletion;
  };
  std::vector<Part> parts;
  std::vector<std::uint32_t> sizes;  // of each part: ids
  std::vector<RowId> ids;            // of each part: its tombstone, if it may have one, then rows
  std::vector<std::uint32_t> rows;   // for each of ids: its place in the partition
  std::vector<Row> found;            // for each of ids

  void clear() {
    parts.clear();
    sizes.clear();
    ids.clear();
    rows.clear();
  }
  void begin(StoredRows::Partition& partition, std::uint32_t input) {
    parts.push_back({&partition, input, partition.deletion.has_value()});
    sizes.push_back(0);
    if (partition.deletion) add(*partition.deletion, 0);
  }
  void add(RowId id, std::size_t row) {
    ids.push_back(id);
    rows.push_back(static_cast<std::uint32_t>(row));
    ++sizes.back();
  }
  // As a scan gives them: in the order of their clustering keys, at least so that the same values stand together.
  void add_in_order(const StoredRows::Partition& partition) {
    const auto before = [&](std::uint32_t a, std::uint32_t b) {
      return partition.rows[a].clustering < partition.rows[b].clustering;
    };
    const std::size_t first = rows.size();
    add_all(partition, "");
    std::sort(rows.begin() + static_cast<std::ptrdiff_t>(first), rows.end(), before);
    for (std::size_t i = first; i < rows.size(); ++i) ids[i] = partition.rows[rows[i]].id;
  }
  void add_all(const StoredRows::Partition& partition, std::string_view clustering_prefix) {
    for (std::size_t i = 0; i < partition.rows.size(); ++i)
      if (std::string_view(partition.rows[i].clustering).starts_with(clustering_prefix)) add(partition.rows[i].id, i);
  }
};

FakeClient::FakeClient(Keyspace& keyspace, StoredRows& rows, Cluster& cluster, Scheduler& scheduler,
                       std::int64_t clock_skew_us, int window)
    : Client("simulated"),
      keyspace_(keyspace),
      rows_(rows),
      cluster_(cluster),
      scheduler_(scheduler),
      clock_skew_us_(clock_skew_us),
      window_(window) {}

FakeClient::~FakeClient() = default;

// Used again, so that their memory is. One that belongs to a task that is killed is lost.
std::unique_ptr<FakeClient::Request> FakeClient::take_request() {
  if (spare_requests_.empty()) return std::make_unique<Request>();
  std::unique_ptr<Request> request = std::move(spare_requests_.back());
  spare_requests_.pop_back();
  request->clear();
  return request;
}

base::Status FakeClient::run(const std::string& cql) {
  return failure("the schema of the simulation never changes: " + cql);
}

base::Result<FakeClient::Statement> FakeClient::prepare(const std::string& cql, Repeat repeat) {
  const Statement statement{keyspace_.prepare(cql)};
  const bool is_transaction = keyspace_.plan(statement.number).kind == Plan::Kind::kTransact;
  SALESTREAM_CHECK(is_transaction == (repeat != Repeat::kAllowed));
  return statement;
}

StoredRows::Partition& FakeClient::partition_of(const Plan& plan, const BoundValues& values) {
  scratch_.clear();
  for (const Place place : plan.partition_key) scratch_ += values[place];
  return rows_.partition(plan.table, scratch_);
}

std::string_view FakeClient::clustering_of(const Plan& plan, const BoundValues& values) {
  scratch_.clear();
  for (const Place place : plan.clustering) scratch_ += values[place];
  return scratch_;
}

base::Status FakeClient::write(Statement statement, const BoundRows& rows) {
  if (rows.rows() == 0) return {};
  const Plan& plan = keyspace_.plan(statement.number);
  std::vector<Cluster::Write> writes;
  writes.reserve(rows.rows());
  std::string_view rest = rows.bytes();
  while (!rest.empty()) {
    const BoundValues values(plan, rest);
    StoredRows::Partition& partition = partition_of(plan, values);
    const store::TimestampUs timestamp_us = values.timestamp(plan.timestamp);
    if (plan.kind == Plan::Kind::kDeletePartition) {
      writes.push_back({rows_.deletion(partition), Cluster::make_tombstone(timestamp_us)});
      continue;
    }
    const RowId row = rows_.row(partition, clustering_of(plan, values)).id;
    if (plan.kind == Plan::Kind::kDeleteRow) {
      writes.push_back({row, Cluster::make_tombstone(timestamp_us)});
      continue;
    }
    SALESTREAM_CHECK(plan.kind == Plan::Kind::kInsert);
    if (plan.are_columns_in_order) {
      writes.push_back(
          {row, cluster_.make_row(timestamp_us, values.from_to(plan.columns.front(), plan.columns.back()))});
    } else {
      scratch_.clear();
      for (const Place place : plan.columns) scratch_ += values[place];
      writes.push_back({row, cluster_.make_row(timestamp_us, scratch_)});
    }
  }
  if (!cluster_.write(writes, window_)) return no_quorum();
  return {};
}

base::Result<FakeClient::Answer> FakeClient::read(Statement statement, const BoundRows& rows) {
  const Plan& plan = keyspace_.plan(statement.number);
  if (plan.kind == Plan::Kind::kTransact) return transact(plan, rows);
  SALESTREAM_CHECK(plan.kind == Plan::Kind::kRead);
  std::unique_ptr<Request> request = take_request();
  std::string_view rest = rows.bytes();
  for (std::uint32_t input = 0; !rest.empty(); ++input) {
    const BoundValues values(plan, rest);
    StoredRows::Partition& partition = partition_of(plan, values);
    request->begin(partition, input);
    if (plan.has_whole_key) {
      const StoredRows::RowPlace& row = rows_.row(partition, clustering_of(plan, values));
      request->add(row.id, static_cast<std::size_t>(&row - partition.rows.data()));
    } else {
      request->add_all(partition, clustering_of(plan, values));
    }
  }
  auto answer = ask(plan, *request, request->sizes);
  spare_requests_.push_back(std::move(request));
  return answer;
}

base::Result<FakeClient::Answer> FakeClient::read(const store::cassandra::KeyedStatement& statement,
                                                  const BoundRows& rows) {
  return read(statement.one, rows);
}

base::Result<FakeClient::Answer> FakeClient::ask(const Plan& plan, Request& request,
                                                 std::span<const std::uint32_t> sizes) {
  std::vector<Row>& found = request.found;
  if (!cluster_.read(request.ids, sizes, window_, found)) return no_quorum();
  Answer answer;
  answer.values.reserve(kBytesPerRow * found.size());
  answer.inputs.reserve(found.size());
  std::size_t at = 0;
  for (std::size_t part = 0; part < request.parts.size(); ++part) {
    const auto& [partition, input, has_deletion] = request.parts[part];
    const std::size_t end = at + request.sizes[part];
    const Row deletion = has_deletion ? found[at++] : Row{};
    for (; at < end; ++at) {
      const Row& row = found[at];
      if (!StoredRows::is_visible(row, deletion)) continue;
      for (const Plan::Output& output : plan.outputs) {
        switch (output.kind) {
          case Plan::Output::Kind::kAllColumns: answer.values += cluster_.columns(row); break;
          case Plan::Output::Kind::kColumn: answer.values += encoded_value(cluster_.columns(row), output.place); break;
          case Plan::Output::Kind::kKey: {
            const std::size_t of_partition = keyspace_.table(plan.table).cql.partition_key.size();
            answer.values += output.place < of_partition ? encoded_value(partition->key, output.place)
                                                         : encoded_value(partition->rows[request.rows[at]].clustering,
                                                                         output.place - of_partition);
            break;
          }
          case Plan::Output::Kind::kWriteTime: {
            BoundRows value;
            value.bigint(row.timestamp_us);
            answer.values += value.bytes();
            break;
          }
        }
      }
      answer.inputs.push_back(input);
      if (plan.is_distinct) {
        at = end;
        break;
      }
    }
  }
  return answer;
}

// As if by Paxos: a quorum has to answer before anything is decided; what was decided stays decided, also when its
// client is told of a time-out, and the next writer writes it first.
base::Result<FakeClient::Answer> FakeClient::transact(const Plan& plan, const BoundRows& rows) {
  std::string_view rest = rows.bytes();
  const BoundValues values(plan, rest);
  SALESTREAM_CHECK(rest.empty());
  const RowId id = rows_.row(partition_of(plan, values), clustering_of(plan, values)).id;
  const std::uint32_t one = 1;
  std::vector<Row> unused;
  if (!cluster_.read({&id, 1}, {&one, 1}, window_, unused)) return no_quorum();

  Row& decided = rows_.decided[id];
  const auto value_of = [&](const Plan::Setting& setting) {
    return setting.bound ? values[*setting.bound] : std::string_view(setting.literal);
  };
  bool is_applied = plan.conditions.empty() ? !decided.exists() : decided.exists();
  for (const Plan::Setting& condition : plan.conditions)
    if (is_applied && encoded_value(cluster_.columns(decided), condition.column) != value_of(condition))
      is_applied = false;
  if (is_applied) {
    rows_.last_ballot_us = std::max(rows_.last_ballot_us + 1, scheduler_.now_us());
    if (plan.deletes) {
      decided = Cluster::make_tombstone(rows_.last_ballot_us);
    } else {
      const std::size_t columns = keyspace_.table(plan.table).columns.size();
      BoundRows null;
      null.null();
      std::string next;
      for (Place column = 0; column < columns; ++column) {
        const auto setting = std::find_if(plan.settings.begin(), plan.settings.end(),
                                          [&](const Plan::Setting& s) { return s.column == column; });
        next += setting != plan.settings.end() ? value_of(*setting)
                : decided.exists()             ? encoded_value(cluster_.columns(decided), column)
                                               : null.bytes();
      }
      decided = cluster_.make_row(rows_.last_ballot_us, next);
    }
  }
  const Cluster::Write commit{id, decided};
  if (decided.timestamp_us != kNoRow && !cluster_.write({&commit, 1}, window_)) return no_quorum();
  BoundRows told;
  told.boolean(is_applied);
  return Answer{std::string(told.bytes()), {0}};
}

base::Result<FakeClient::Answer> FakeClient::read_page(Statement statement, const BoundRows& row, std::string& next) {
  const Plan& plan = keyspace_.plan(statement.number);
  if (plan.kind == Plan::Kind::kAnswer) return Answer{plan.answer, std::vector<std::uint32_t>(plan.answer_rows)};
  if (plan.kind == Plan::Kind::kScan) return read_page_of_table(plan, next);
  return read(statement, row);
}

// `next` is the number of its first partition.
base::Result<FakeClient::Answer> FakeClient::read_page_of_table(const Plan& plan, std::string& next) {
  const auto& partitions = rows_.of_table(plan.table);  // more of them may come before the next page
  const std::size_t begin = next.empty() ? 0 : std::stoul(next);
  if (begin >= partitions.size()) {
    next.clear();
    return Answer();
  }
  Request request;
  for (std::size_t i = begin; i < std::min(partitions.size(), begin + kPartitionsPerPage); ++i) {
    request.begin(*partitions[i], 0);
    request.add_in_order(*partitions[i]);
  }
  const std::uint32_t page = static_cast<std::uint32_t>(request.ids.size());
  SALESTREAM_ASSIGN(Answer answer, ask(plan, request, {&page, 1}));
  next = std::to_string(begin + kPartitionsPerPage);
  return answer;
}

}  // namespace salestream::simulation
