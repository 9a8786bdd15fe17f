// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/pipeline_row.h"

#include <algorithm>
#include <utility>

#include "store_cassandra/clearing.h"
#include "store_cassandra/schema.h"

namespace salestream::store::cassandra {

base::Error left_undone(const base::Error& error, const std::string& done, const std::string& next) {
  const bool may_pass = error.kind == base::ErrorKind::kRetriable;
  return base::failure(error.message + ". " + done +
                       (may_pass ? next : "a run that starts ends with the same error, until that is mended"));
}

StoredPipeline PipelineRow::row_of(const CurrentGeneration& generation) const {
  const core::Definition& definition = identity_.definition;
  return {definition.pipeline, kFormatVersion, generation, definition.canonical_text(), identity_.source, false};
}

base::Status PipelineRow::check_base(Generation base) const {
  if (is_base(base.base_us)) return {};
  return client_.failure(
      "its write timestamps would count from " + std::to_string(base.base_us) +
      " µs, by the pipeline's row in salestream_pipeline, and nothing can be written so far in the "
      "future. Put a good copy of that row back; or delete it, and start over with `salestream reset "
      "PIPELINE`");
}

base::Result<std::optional<StoredPipeline>> PipelineRow::read() {
  SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_pipeline));
  StoredPipeline stored;
  stored.pipeline = identity_.definition.pipeline;
  BoundRows key;
  pipeline_columns().key.bind(key, stored);
  key.end_row();
  SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, key));
  if (answer.inputs.empty()) return std::optional<StoredPipeline>{};
  ValueReader values(answer.values);
  if (pipeline_columns().read.read(values, stored) != nullptr) return check_.unreadable();
  // Whatever a person wrote there: nothing is added to it before.
  for (const Generation base : {stored.generation.base, Generation{stored.generation.totals_base_us}})
    SALESTREAM_TRY(check_base(base));
  return std::optional(std::move(stored));
}

base::Status PipelineRow::insert(std::int32_t number, Generation former, Engine engine) {
  // Rows of another program may be there already, with a clock that goes before ours.
  SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, keyspace_, identity_.definition));
  const Generation base = former.base_us == 0 ? first_generation(std::max(client_.now_us(), newest_us))
                                              : next_generation(client_.now_us(), former, newest_us);
  SALESTREAM_TRY(check_base(base));
  BoundRows row;
  const StoredPipeline inserted_row = row_of({number, base, 0, engine});
  pipeline_columns().key.bind(row, inserted_row);
  pipeline_columns().written.bind(row, inserted_row);
  row.end_row();
  auto inserted = client_.transact(cql_.insert_pipeline, row);
  if (!inserted.ok()) return std::move(inserted).error();
  return {};
}

base::Status PipelineRow::renew(const StoredPipeline& stored, Engine engine) {
  SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, keyspace_, identity_.definition));
  const CurrentGeneration next{stored.generation.number + 1,
                               next_generation(client_.now_us(), stored.generation.totals(), newest_us), 0, engine};
  SALESTREAM_TRY(check_base(next.base));
  SALESTREAM_TRY(change(cql_.renew_pipeline, pipeline_columns().written, row_of(next), stored,
                        "Whether the pipeline was reset is not known: reset it again",
                        "another reset of this pipeline, or a repair, came between"));
  return clear_after_reset(next);
}

base::Result<CurrentGeneration> PipelineRow::begin_repair(const StoredPipeline& stored) {
  SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, keyspace_, identity_.definition));
  StoredPipeline repaired = stored;
  const Generation totals = repaired_totals(client_.now_us(), stored.generation.totals(), newest_us);
  SALESTREAM_TRY(check_base(totals));
  repaired.generation.totals_base_us = totals.base_us;
  SALESTREAM_TRY(change(cql_.repair_pipeline, pipeline_columns().repaired, repaired, stored,
                        "Whether a repair was begun is not known: repair again",
                        "a reset of this pipeline, or another repair, came between"));
  return repaired.generation;
}

base::Result<bool> PipelineRow::finish_repair(const StoredPipeline& stored) {
  const bool is_left = !stored.is_cleared && stored.generation.is_repaired();
  SALESTREAM_TRY(is_left ? clear(stored.generation) : clear_totals_before(stored.generation));
  return is_left;
}

base::Status PipelineRow::clear_totals_before(CurrentGeneration generation) {
  if (generation.number <= 1) return {};
  generation.totals_base_us = 0;  // what a repair has yet to write again stays
  return clear_former_totals(client_, keyspace_, identity_.definition, generation, {});
}

base::Status PipelineRow::change(const std::string& cql, const Columns<StoredPipeline>& columns,
                                 const StoredPipeline& changed, const StoredPipeline& stored,
                                 std::string_view not_known, std::string_view came_between) {
  BoundRows row;
  columns.bind(row, changed);
  pipeline_columns().key.bind(row, stored);
  pipeline_columns().current.bind(row, stored);
  row.end_row();
  SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql, Client::Repeat::kNever));
  auto was_done = client_.transact(statement, row);
  if (!was_done.ok() && was_done.error().kind == base::ErrorKind::kRetriable)
    return base::failure(was_done.error().message + ". " + std::string(not_known));
  if (!was_done.ok()) return std::move(was_done).error();  // it was refused
  if (*was_done) return {};
  return client_.failure(std::string(came_between) + ": look at its outcome, then try again if needed");
}

base::Status PipelineRow::clear_after_reset(const CurrentGeneration& generation) {
  const base::Status cleared = clear(generation);
  if (cleared.ok()) return {};
  return left_undone(cleared.error(), "The pipeline was reset all the same; ",
                     "the next run deletes what is left of before");
}

base::Status PipelineRow::clear(const CurrentGeneration& generation) {
  if (generation.is_repaired()) SALESTREAM_TRY(rewrite_totals(client_, keyspace_, identity_.definition, generation));
  SALESTREAM_TRY(clear_former_generations(client_, keyspace_, identity_.definition, generation));
  BoundRows row;
  const StoredPipeline cleared_row = row_of(generation);
  pipeline_columns().key.bind(row, cleared_row);
  pipeline_columns().current.bind(row, cleared_row);
  row.end_row();
  auto is_same = client_.transact(cql_.set_cleared, row, Client::Repeat::kByCaller);
  if (!is_same.ok()) return std::move(is_same).error();
  if (*is_same) return {};
  // A reset has come meanwhile, and may not have seen the rows that were written here after it: they carry no
  // generation, and nothing else would take them away.
  SALESTREAM_ASSIGN(const auto now, read());
  return now && now->generation.number != generation.number ? clear_totals_before(now->generation) : base::Status();
}

}  // namespace salestream::store::cassandra
