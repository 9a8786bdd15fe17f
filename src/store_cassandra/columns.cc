// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/columns.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <variant>

#include "store/reject_text.h"
#include "store/total_text.h"
#include "store_cassandra/plain_columns.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::string_view kOwnEngine = "salestream", kSparkEngine = "spark";

constexpr auto kPipelineOf = [](auto& row) -> auto& { return row.owner.pipeline; };
constexpr auto kGenerationOf = [](auto& row) -> auto& { return row.owner.generation; };

// The first offset of the bucket that the row is in.
template <typename Row>
RowColumn<CassandraFormat, Owned<Row>, Stored<Row>> offsets_from_column() {
  return {{"offsets_from", "bigint", ColumnRole::kPartitionKey},
          [](BoundRows& row, const Owned<Row>& from) { row.bigint(offsets_from(from.row.offset)); },
          [](ValueReader& row, Stored<Row>& into) -> Expected {
            const auto offset = bigint_of(row.next().value_or(""));
            if (!offset) return "a number";
            into.row.offset = *offset;
            return kAsExpected;
          }};
}

// Rows of before there was the column have none.
Expected read_engine(ValueReader& row, StoredPipeline& into) {
  into.generation.engine = row.next().value_or(kOwnEngine) == kSparkEngine ? Engine::kSpark : Engine::kSalestream;
  return kAsExpected;
}

void bind_counts(BoundRows& row, const Owned<core::PartitionProgress>& from) {
  auto counts = reject_counts(from.row.counters);
  std::sort(counts.begin(), counts.end());  // as Cassandra keeps a map
  row.counts(counts);
}

Expected read_counts(ValueReader& row, Stored<core::PartitionProgress>& into) {
  const auto counts = counts_of(row.next().value_or(""));
  if (!counts) return "a map of reasons and counts";
  for (const auto& [name, count] : *counts) {
    const auto reason = core::reject_reason_of(name);
    if (!reason) return "a reason for rejects";
    into.row.counters.rejects[static_cast<std::size_t>(*reason)] = count;
  }
  return kAsExpected;
}

void bind_reject_time(BoundRows& row, const Owned<core::Reject>& from) {
  if (from.row.timestamp_ms >= 0)
    row.bigint(from.row.timestamp_ms);
  else
    row.null();
}

Expected read_reject_time(ValueReader& row, Stored<core::Reject>& into) {
  into.row.timestamp_ms = bigint_of(row.next().value_or("")).value_or(-1);
  return kAsExpected;
}

// There is no column for `is_cut` or `is_key_cut`: what says it is a note in the detail, which a reader takes out again
// (rows.h).
void bind_detail(BoundRows& row, const Owned<core::Reject>& from) {
  const bool is_cut = from.row.is_cut || from.row.message.size() > kMaxCutMessageBytes;
  const bool is_key_cut = from.row.is_key_cut || from.row.key.size() > kMaxCutKeyBytes;
  row.text(as_utf8(noted_detail(from.row.detail, is_cut, is_key_cut)));
}

// A row beyond 16 MiB, half of a segment of its commit log, Cassandra never takes.
void bind_message_key(BoundRows& row, const Owned<core::Reject>& from) {
  row.blob(std::string_view(from.row.key).substr(0, kMaxCutKeyBytes));
}

void bind_message(BoundRows& row, const Owned<core::Reject>& from) {
  if (from.row.is_null)
    row.null();
  else
    row.blob(std::string_view(from.row.message).substr(0, kMaxCutMessageBytes));
}

Expected read_message(ValueReader& row, Stored<core::Reject>& into) {
  const auto message = row.next();
  into.row.is_null = !message;
  into.row.message = message.value_or("");
  return kAsExpected;
}

RowColumn<CassandraFormat, core::Measures, core::Measures> measure_column(const std::string& name,
                                                                          core::Measure measure) {
  using Of = Plain<core::Measures>;
  switch (measure) {
    case core::Measure::kRevenue:
      return Of::decimal<kRevenueFractionDigits>(
          name, [](auto& row) -> auto& { return row.revenue; });
    case core::Measure::kUnits:
      return Of::decimal<kUnitsFractionDigits>(
          name, [](auto& row) -> auto& { return row.units; });
    case core::Measure::kOrders: break;
  }
  return Of::bigint(
      name.c_str(), [](auto& row) -> auto& { return row.orders; });
}

// Null where nothing was repaired: so it is in every new generation, and in a row of an earlier salestream.
void bind_totals_base(BoundRows& row, const StoredPipeline& from) {
  if (from.generation.is_repaired())
    row.bigint(from.generation.totals_base_us);
  else
    row.null();
}

Expected read_totals_base(ValueReader& row, StoredPipeline& into) {
  const auto bytes = row.next();
  const auto number = bytes ? bigint_of(*bytes) : std::optional<std::int64_t>(0);
  if (!number) return "a number";
  into.generation.totals_base_us = *number;
  return kAsExpected;
}

Expected read_latest(ValueReader& row, StoredPipeline& into) {
  into.generation.began_us = std::max(into.generation.began_us, bigint_of(row.next().value_or("")).value_or(0));
  return kAsExpected;
}

PipelineColumns make_pipeline_columns() {
  using Of = Plain<StoredPipeline>;
  const Columns<StoredPipeline> all({
      Of::text(
          "pipeline", [](auto& row) -> auto& { return row.pipeline; }, ColumnRole::kPartitionKey),
      Of::integer(
          "format_version", [](auto& row) -> auto& { return row.format_version; }),
      Of::integer(
          "generation", [](auto& row) -> auto& { return row.generation.number; }),
      Of::bigint(
          "generation_base_us", [](auto& row) -> auto& { return row.generation.base.base_us; }),
      {{"totals_base_us", "bigint"}, bind_totals_base, read_totals_base},
      Of::text(
          "definition", [](auto& row) -> auto& { return row.definition; }),
      Of::text(
          "log", [](auto& row) -> auto& { return row.source; }),
      Of::boolean(
          "is_cleared", [](auto& row) -> auto& { return row.is_cleared; }),
      {{"engine", "text"},
       [](BoundRows& row, const StoredPipeline& from) {
         row.text(from.generation.engine == Engine::kSpark ? kSparkEngine : kOwnEngine);
       },
       read_engine},
      {{"spark_queries", "map<text, text>"}},
  });
  const auto before_engine = all.only(
      {"format_version", "generation", "generation_base_us", "totals_base_us", "definition", "log", "is_cleared"});
  const auto engine = all.only({"engine"});
  Columns<StoredPipeline> began;
  for (const char* const name : {"generation", "totals_base_us"})
    began = began +
            Columns<StoredPipeline>({{{name, "bigint"}, nullptr, read_latest, "WRITETIME(" + std::string(name) + ")"}});
  return {all,
          all.only({"pipeline"}),
          all.only({"generation", "generation_base_us", "totals_base_us"}),
          all.only({"generation", "totals_base_us"}),
          all.only({"totals_base_us"}),
          before_engine + engine,
          before_engine + began + engine};
}

OwnedTableColumns make_owned_table_columns() {
  using Of = Plain<OwnedTable>;
  const Columns<OwnedTable> all({
      Of::text(
          "table_name", [](auto& row) -> auto& { return row.name; }, ColumnRole::kPartitionKey),
      Of::text(
          "pipeline", [](auto& row) -> auto& { return row.pipeline; }),
      Of::boolean(
          "is_made", [](auto& row) -> auto& { return row.is_made; }),
      Of::text(
          "table_id", [](auto& row) -> auto& { return row.id; }, ColumnRole::kRegular, "uuid"),
  });
  return {all, all.only({"table_name"}), all.only({"pipeline"}), all.only({"is_made", "table_id"})};
}

ProgressColumns make_progress_columns() {
  using Of = Plain<Owned<core::PartitionProgress>, Stored<core::PartitionProgress>>;
  const OwnedColumns<core::PartitionProgress> all({
      Of::text("pipeline", kPipelineOf, ColumnRole::kPartitionKey),
      Of::integer("generation", kGenerationOf, ColumnRole::kPartitionKey),
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.row.partition; }, ColumnRole::kClustering),
      Of::bigint(
          "first_offset", [](auto& row) -> auto& { return row.row.first_offset; }),
      Of::bigint(
          "first_checksum", [](auto& row) -> auto& { return row.row.first_checksum; }),
      Of::bigint(
          "next_offset", [](auto& row) -> auto& { return row.row.next_offset; }),
      Of::bigint(
          "last_offset", [](auto& row) -> auto& { return row.row.last_offset; }),
      Of::bigint(
          "last_checksum", [](auto& row) -> auto& { return row.row.last_checksum; }),
      Of::bigint(
          "last_timestamp_ms", [](auto& row) -> auto& { return row.row.last_timestamp_ms; }),
      Of::bigint(
          "messages", [](auto& row) -> auto& { return row.row.counters.messages; }),
      Of::bigint(
          "orders", [](auto& row) -> auto& { return row.row.counters.orders; }),
      Of::bigint(
          "items", [](auto& row) -> auto& { return row.row.counters.items; }),
      Of::bigint(
          "wrong_totals", [](auto& row) -> auto& { return row.row.counters.wrong_totals; }),
      // What an earlier salestream wrote has none of these two.
      Of::bigint<Null::kAllowed>(
          "duplicates", [](auto& row) -> auto& { return row.row.counters.duplicates; }),
      Of::bigint<Null::kAllowed>(
          "window_offset", [](auto& row) -> auto& { return row.row.window_offset; }),
      {{"rejects_by_reason", "frozen<map<text, bigint>>"}, bind_counts, read_counts},
  });
  return {all, all.only({"pipeline", "generation"}), all.from("partition")};
}

RejectColumns make_reject_columns() {
  using Of = Plain<Owned<core::Reject>, Stored<core::Reject>>;
  const OwnedColumns<core::Reject> all({
      Of::text("pipeline", kPipelineOf, ColumnRole::kPartitionKey),
      Of::integer("generation", kGenerationOf, ColumnRole::kPartitionKey),
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.row.partition; }, ColumnRole::kPartitionKey),
      offsets_from_column<core::Reject>(),
      Of::bigint(
          "offset", [](auto& row) -> auto& { return row.row.offset; }, ColumnRole::kClustering),
      {{"time", "timestamp"}, bind_reject_time, read_reject_time},
      Of::field_text(
          "reason", [](auto& row) -> auto& { return row.row.reason; }),
      {{"detail", "text"},
       bind_detail,
       [](ValueReader& row, Stored<core::Reject>& into) {
         into.row.detail = row.next().value_or("");
         return kAsExpected;
       }},
      {{"key", "blob"},
       bind_message_key,
       [](ValueReader& row, Stored<core::Reject>& into) {
         into.row.key = row.next().value_or("");
         return kAsExpected;
       }},
      {{"message", "blob"}, bind_message, read_message},
      Of::text(
          "log", [](auto& row) -> auto& { return row.owner.source; }),
  });
  return {all, all.only({"pipeline", "generation", "partition", "offsets_from"}), all.only({"offset"}),
          all.only({"offset", "time"}), all.only({"time", "reason", "detail", "key", "message"})};
}

ResendColumns make_resend_columns() {
  using Of = Plain<Owned<Resend>, Stored<Resend>>;
  const OwnedColumns<Resend> all({
      Of::text("pipeline", kPipelineOf, ColumnRole::kPartitionKey),
      Of::text(
          "id", [](auto& row) -> auto& { return row.row.id; }, ColumnRole::kClustering),
      Of::field_text(
          "state", [](auto& row) -> auto& { return row.row.state; }),
      Of::text(
          "log", [](auto& row) -> auto& { return row.row.source; }),
      Of::field_text(
          "ends", [](auto& row) -> auto& { return row.row.ends; }),
      Of::bigint(
          "messages", [](auto& row) -> auto& { return row.row.messages; }),
      Of::bigint(
          "begun", [](auto& row) -> auto& { return row.row.begun_ms; }, ColumnRole::kRegular, "timestamp"),
      Of::bigint(
          "settled", [](auto& row) -> auto& { return row.row.settled_ms; }, ColumnRole::kRegular, "timestamp"),
  });
  return {all, all.only({"pipeline", "id"}), all.only({"state", "settled"}), all.from("id")};
}

ResendMarkColumns make_resend_mark_columns() {
  using Of = Plain<Owned<ResendMark>, Stored<ResendMark>>;
  const OwnedColumns<ResendMark> all({
      Of::text("pipeline", kPipelineOf, ColumnRole::kPartitionKey),
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.row.partition; }, ColumnRole::kPartitionKey),
      offsets_from_column<ResendMark>(),
      Of::bigint(
          "offset", [](auto& row) -> auto& { return row.row.offset; }, ColumnRole::kClustering),
      Of::text(
          "resend", [](auto& row) -> auto& { return row.row.resend; }, ColumnRole::kClustering),
      Of::bigint<Null::kAllowed>(
          "checksum", [](auto& row) -> auto& { return row.row.checksum; }),
  });
  return {all, all.only({"pipeline", "partition", "offsets_from", "offset"}), all.only({"resend", "checksum"})};
}

CellColumns make_cell_columns() {
  using Of = Plain<CellRow>;
  const Columns<CellRow> all({
      Of::integer(
          "generation", [](auto& row) -> auto& { return row.generation; }, ColumnRole::kPartitionKey),
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.partition; }, ColumnRole::kClustering),
      Of::decimal<kRevenueFractionDigits>(
          "revenue", [](auto& row) -> auto& { return row.cell.measures.revenue; }),
      Of::decimal<kUnitsFractionDigits>(
          "units", [](auto& row) -> auto& { return row.cell.measures.units; }),
      Of::bigint(
          "orders", [](auto& row) -> auto& { return row.cell.measures.orders; }),
      Of::bigint(
          "through", [](auto& row) -> auto& { return row.cell.applied_through; }),
  });
  return {all, all.only({"generation"}), all.only({"generation", "partition"}), all.from("partition")};
}

}  // namespace

const PipelineColumns& pipeline_columns() {
  static const PipelineColumns columns = make_pipeline_columns();
  return columns;
}
const OwnedTableColumns& owned_table_columns() {
  static const OwnedTableColumns columns = make_owned_table_columns();
  return columns;
}
const ProgressColumns& progress_columns() {
  static const ProgressColumns columns = make_progress_columns();
  return columns;
}
const RejectColumns& reject_columns() {
  static const RejectColumns columns = make_reject_columns();
  return columns;
}
const ResendColumns& resend_columns() {
  static const ResendColumns columns = make_resend_columns();
  return columns;
}
const ResendMarkColumns& resend_mark_columns() {
  static const ResendMarkColumns columns = make_resend_mark_columns();
  return columns;
}
const CellColumns& cell_columns() {
  static const CellColumns columns = make_cell_columns();
  return columns;
}

Columns<core::Measures> measure_columns(const core::TotalsTable& table) {
  Columns<core::Measures> columns;
  for (const core::Column& column : table.columns)
    if (const auto* measure = std::get_if<core::Measure>(&column.shows))
      columns = columns + Columns<core::Measures>({measure_column(column.name, *measure)});
  return columns;
}

Columns<WrittenRow> written_columns(const core::TotalsTable& table) {
  Columns<WrittenRow> columns;
  for (const ColumnShape& measure : measure_columns(table).shapes())
    columns = columns + Columns<WrittenRow>({{{measure.name, "bigint"},
                                              nullptr,
                                              [](ValueReader& row, WrittenRow& into) -> Expected {
                                                const auto at = bigint_of(row.next().value_or(""));
                                                if (!at) return kAsExpected;
                                                into.newest_us = into.is_written ? std::max(into.newest_us, *at) : *at;
                                                into.is_written = true;
                                                return kAsExpected;
                                              },
                                              "WRITETIME(" + quoted_name(measure.name) + ")"}});
  return columns;
}

}  // namespace salestream::store::cassandra
