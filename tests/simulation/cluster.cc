// SPDX-License-Identifier: Apache-2.0
#include "cluster.h"

#include <algorithm>

#include "store_cassandra/values.h"

namespace salestream::simulation {

Cluster::Cluster(Random& random, Scheduler& scheduler) : random_(random), scheduler_(scheduler) {}

RowId Cluster::add_row() {
  stored_.emplace_back();
  return static_cast<RowId>(stored_.size() - 1);
}

Row Cluster::make_row(store::TimestampUs timestamp_us, std::string_view columns) {
  Row row{.timestamp_us = timestamp_us};
  row.columns_begin = static_cast<std::uint32_t>(bytes_.size());
  row.columns_bytes = static_cast<std::uint32_t>(columns.size());
  bytes_ += columns;
  return row;
}

bool Cluster::is_same(const Row& a, const Row& b) const {
  if (a.timestamp_us != b.timestamp_us || a.is_deleted != b.is_deleted) return false;
  return a.columns_begin == b.columns_begin || columns(a) == columns(b);
}

void Cluster::merge(Row& into, const Row& row) {
  if (row.timestamp_us < into.timestamp_us || row.timestamp_us == kNoRow) return;
  if (row.timestamp_us > into.timestamp_us) {
    into = row;
    return;
  }
  if (into.is_deleted != 0 || is_same(into, row)) return;
  if (row.is_deleted != 0) {
    into = row;
    return;
  }
  using store::cassandra::ValueReader;
  store::cassandra::BoundRows both;
  ValueReader ours(columns(into)), theirs(columns(row));
  while (!ours.at_end()) {
    const auto greater = std::max(ours.next(), theirs.next());  // null is the least
    greater ? both.blob(*greater) : both.null();
  }
  into = make_row(into.timestamp_us, both.bytes());
}

std::uint32_t Cluster::begin_operation() {
  operations_.push_back({.task = scheduler_.current()});
  return static_cast<std::uint32_t>(operations_.size() - 1);
}

// Until no more than so many of its items are unfinished. After a failure the rest is not waited for, sometimes.
bool Cluster::await(std::uint32_t operation, int most_unfinished) {
  while (operations_[operation].unfinished > most_unfinished) {
    if (operations_[operation].has_failed && random_.one_in(2)) return false;
    scheduler_.block();
  }
  return !operations_[operation].has_failed;
}

bool Cluster::end_operation(std::uint32_t operation) {
  const bool is_good = await(operation, 0);
  operations_[operation].task = nullptr;
  if (!is_good) ++counts_.failed_operations;
  return is_good;
}

bool Cluster::write(std::span<const Write> writes, int window) {
  const std::uint32_t operation = begin_operation();
  for (const Write& write : writes) {
    if (!await(operation, window - 1)) break;
    const auto item = static_cast<std::uint32_t>(items_.size());
    items_.push_back({.operation = operation, .awaited = acknowledgements});
    ++operations_[operation].unfinished;
    ++counts_.writes;
    for (int replica = 0; replica < kReplicas; ++replica)
      send_write(item, replica, Message::Kind::kWrite, write.row, write.value);
    settle(item);
  }
  return end_operation(operation);
}

void Cluster::send_write(std::uint32_t item, int replica, Message::Kind kind, RowId row, const Row& value) {
  const Message message{kind, static_cast<std::uint8_t>(replica), item, row, value};
  if (network_faults.is_down[static_cast<std::size_t>(replica)] || random_.one_in(network_faults.late_one_in)) {
    late_.push_back(message);  // a hint: no acknowledgement comes of it
    ++counts_.late;
    return;
  }
  if (random_.one_in(network_faults.lost_one_in)) return;
  ++items_[item].outstanding;
  under_way_.push_back(message);
}

bool Cluster::read(std::span<const RowId> rows, std::span<const std::uint32_t> sizes, int window,
                   std::vector<Row>& out) {
  const std::uint32_t operation = begin_operation();
  std::vector<std::uint32_t> read;
  for (const std::uint32_t size : sizes) {
    if (!await(operation, window - 1)) break;
    const auto item = static_cast<std::uint32_t>(items_.size());
    items_.push_back({.operation = operation, .size = size, .awaited = 2, .is_read = true});
    items_[item].ids_begin = static_cast<std::uint32_t>(read_ids_.size());
    read_ids_.insert(read_ids_.end(), rows.begin(), rows.begin() + size);
    rows = rows.subspan(size);
    items_[item].rows_begin = static_cast<std::uint32_t>(rows_.size());
    rows_.resize(rows_.size() + 2 * std::size_t{size});
    ++operations_[operation].unfinished;
    read.push_back(item);
    send_reads(item);
    settle(item);
  }
  if (!end_operation(operation)) return false;
  out.clear();
  for (const std::uint32_t item : read) {
    const auto begin = rows_.begin() + items_[item].rows_begin;
    out.insert(out.end(), begin, begin + items_[item].size);
  }
  return true;
}

void Cluster::send_reads(std::uint32_t item) {
  std::array<int, kReplicas> order{0, 1, 2};
  for (int i = kReplicas - 1; i > 0; --i)
    std::swap(order[static_cast<std::size_t>(i)], order[random_.below(static_cast<std::uint32_t>(i + 1))]);
  int asked = 0;
  for (const int replica : order) {
    if (asked == 2 || network_faults.is_down[static_cast<std::size_t>(replica)]) continue;
    items_[item].asked[static_cast<std::size_t>(asked++)] = static_cast<std::uint8_t>(replica);
    if (random_.one_in(network_faults.lost_one_in)) continue;
    ++items_[item].outstanding;
    under_way_.push_back({Message::Kind::kRead, static_cast<std::uint8_t>(replica), item, 0, {}});
  }
}

bool Cluster::deliver_one() {
  if (under_way_.empty()) return false;
  const std::uint32_t at = random_.below(static_cast<std::uint32_t>(under_way_.size()));
  const Message message = under_way_[at];
  if (message.replica == network_faults.slow_replica && !random_.one_in(6)) return true;
  if (message.kind != Message::Kind::kRead && random_.one_in(network_faults.repeated_one_in)) late_.push_back(message);
  under_way_[at] = under_way_.back();
  under_way_.pop_back();
  // It had been sent before the replica became unavailable: then it was lost, or its answer is.
  const bool is_unavailable = network_faults.is_down[message.replica];
  if (is_unavailable && random_.one_in(2)) {
    if (message.kind != Message::Kind::kRead) late_.push_back(message);
    --items_[message.item].outstanding;
    settle(message.item);
    return true;
  }
  if (message.kind != Message::Kind::kRead) arrive(message);
  --items_[message.item].outstanding;
  if (!is_unavailable && !random_.one_in(network_faults.lost_one_in * 2)) take_answer(items_[message.item], message);
  settle(message.item);
  return true;
}

bool Cluster::deliver_late() {
  for (std::size_t tries = late_.size(); tries > 0; --tries) {
    const std::uint32_t at = random_.below(static_cast<std::uint32_t>(late_.size()));
    if (network_faults.is_down[late_[at].replica]) continue;
    const Message message = late_[at];
    late_[at] = late_.back();
    late_.pop_back();
    arrive(message);
    return true;
  }
  return false;
}

void Cluster::arrive(const Message& message) {
  Row& row = stored_[message.row][message.replica];
  if (message.value.timestamp_us < row.timestamp_us) ++counts_.fenced;
  merge(row, message.value);
}

void Cluster::take_answer(Item& item, const Message& message) {
  if (item.is_done) return;
  if (message.kind == Message::Kind::kRead) {
    const std::uint32_t place = item.asked[0] == message.replica ? 0 : 1;
    for (std::uint32_t i = 0; i < item.size; ++i)
      rows_[item.rows_begin + place * item.size + i] = stored_[read_ids_[item.ids_begin + i]][message.replica];
  }
  ++item.answers;
}

void Cluster::settle(std::uint32_t index) {
  Item& item = items_[index];
  if (item.is_done) return;
  if (item.is_read && !item.is_repairing && item.answers == item.awaited) compare_answers(index);
  if (item.answers < item.awaited) {
    if (item.outstanding > 0) return;
    operations_[item.operation].has_failed = true;
  }
  item.is_done = true;
  Operation& operation = operations_[item.operation];
  --operation.unfinished;
  if (operation.task != nullptr) scheduler_.wake(operation.task);
}

// What the two replicas said becomes one; the one that knew less is told, and has to say that it has it: what one
// reader has seen, no later reader misses.
void Cluster::compare_answers(std::uint32_t index) {
  Item& item = items_[index];
  item.is_repairing = true;
  item.awaited = item.answers = 0;
  for (std::uint32_t i = 0; i < item.size; ++i) {
    Row& first = rows_[item.rows_begin + i];
    const Row second = rows_[item.rows_begin + item.size + i];
    if (is_same(first, second)) continue;
    Row both = first;
    merge(both, second);
    if (repairs_on_read) {
      ++counts_.repairs;
      for (int place = 0; place < 2; ++place) {
        if (is_same(place == 0 ? first : second, both)) continue;
        ++item.awaited;
        send_write(index, item.asked[static_cast<std::size_t>(place)], Message::Kind::kRepair,
                   read_ids_[item.ids_begin + i], both);
      }
    }
    first = both;
  }
}

void Cluster::forget_killed(InstanceId client) {
  for (Operation& operation : operations_)
    if (operation.task != nullptr && operation.task->owner == client) {
      operation.task = nullptr;
      operation.is_orphan = true;
    }
  std::erase_if(under_way_, [&](const Message& message) {
    const bool is_its = operations_[items_[message.item].operation].is_orphan;
    return is_its && random_.one_in(4);
  });
}

void Cluster::put_everywhere(RowId row, const Row& value) {
  for (Row& replica : stored_[row]) merge(replica, value);
}

Row Cluster::merged(RowId row, int replica_a, int replica_b) {
  Row both = stored_[row][static_cast<std::size_t>(replica_a)];
  merge(both, stored_[row][static_cast<std::size_t>(replica_b)]);
  return both;
}

bool Cluster::do_pairs_agree() {
  for (RowId row = 0; row < stored_.size(); ++row) {
    const Row first = merged(row, 0, 1);
    if (!is_same(first, merged(row, 0, 2)) || !is_same(first, merged(row, 1, 2))) return false;
  }
  return true;
}

}  // namespace salestream::simulation
