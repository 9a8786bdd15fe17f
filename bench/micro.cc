// SPDX-License-Identifier: Apache-2.0
// Decode, fold and flush, each by itself, on orders of the shipped English catalogue. Counters are per order (or row)
// and second; `bytes_per_second` is JSON.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <filesystem>
#include <string>
#include <vector>

#include "decode/decoder.h"
#include "engine/assigned_partitions.h"
#include "engine/batch_marks.h"
#include "engine/flush.h"
#include "engine/tally.h"
#include "generate/message_generator.h"
#include "generate/test_pipelines.h"
#include "store_sqlite/sqlite.h"

namespace salestream {
namespace {

// A batch of the size that sources hand on.
core::MessageBatch batch_of(const core::Definition& d, std::int64_t products, core::Offset first) {
  auto profile = generate::choose_profile("", {}, products);
  auto generator = generate::MessageGenerator::create(d, *profile, {}, 1);
  std::string scratch(generator->max_message_bytes(), '\0');
  core::MessageBatch batch;
  for (core::Offset offset = first; batch.payload_bytes() < 128 * 1024; ++offset) {
    core::Message message;
    message.offset = offset;
    message.next_offset = offset + 1;
    batch.append(message, {scratch.data(), generator->write(0, offset, scratch.data()).size}, "");
  }
  return batch;
}

class TemporaryStore {
 public:
  explicit TemporaryStore(const core::Definition& d) {
    char name[] = "/tmp/salestream_bench_XXXXXX";
    directory_ = ::mkdtemp(name);
    store_ = store::make_sqlite_store({(directory_ / "bench.db").string()}, {d, "bench"});
    if (!store_->open_for_run().ok()) std::abort();
  }
  ~TemporaryStore() {
    store_.reset();
    std::filesystem::remove_all(directory_);
  }
  std::unique_ptr<store::Session> session() { return *store_->session(); }

 private:
  std::filesystem::path directory_;
  std::unique_ptr<store::Store> store_;
};

void Decode(benchmark::State& state) {
  const core::Definition d = generate::english_sales();
  const core::MessageBatch batch = batch_of(d, 0, 0);
  decode::Decoder decoder(d);
  for (auto _ : state) benchmark::DoNotOptimize(decoder.decode(batch));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(batch.payload_bytes()));
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.messages().size()));
}
BENCHMARK(Decode);

void Fold(benchmark::State& state) {
  const core::Definition d = generate::english_sales();
  TemporaryStore store(d);
  const auto session = store.session();
  engine::Tally tally(d, *session, std::int64_t{1} << 30);
  const core::MessageBatch batch = batch_of(d, state.range(0), 0);
  const decode::DecodedBatch& decoded = tally.decode(batch);
  engine::AssignedPartitions assignment({});
  engine::BatchMarks marks;
  marks.begin(batch, decoded);
  if (!assignment.add(0, std::nullopt).ok() || !marks.mark_slice(assignment).ok() || !marks.is_done())
    state.SkipWithError("mark");
  for (auto _ : state)
    if (!tally.fold(batch, marks).ok()) state.SkipWithError("fold");
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(batch.messages().size()));
}
BENCHMARK(Fold)->Arg(0)->Arg(1'000'000);

// Cells, their totals and progress, into a real file with its fsync.
void Flush(benchmark::State& state) {
  const core::Definition d = generate::english_sales();
  TemporaryStore store(d);
  const auto session = store.session();
  std::vector<std::string> keys;
  for (std::int64_t i = 0; i < state.range(0); ++i) keys.push_back("Product " + std::to_string(i));
  core::Offset through = 0;
  for (auto _ : state) {
    engine::FlushSnapshot snapshot;
    ++through;
    for (const std::string& key : keys) {
      core::Cell cell;
      cell.applied_through = through;
      cell.measures.orders = through;
      snapshot.changes.push_back({0, 0, key, cell, true});
    }
    core::PartitionProgress progress;
    progress.next_offset = through + 1;
    snapshot.progress.push_back(progress);
    if (!engine::flush(*session, snapshot).ok()) state.SkipWithError("flush");
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(Flush)->Arg(20)->Arg(10'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace salestream
