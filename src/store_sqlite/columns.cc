// SPDX-License-Identifier: Apache-2.0
#include "store_sqlite/columns.h"

#include <type_traits>
#include <utility>
#include <variant>

#include "base/iso_time.h"
#include "store/field_text.h"
#include "store/reject_text.h"
#include "store/sql_text.h"
#include "store/total_text.h"

namespace salestream::store::sqlite {
namespace {

constexpr Expected kAsExpected = nullptr;

// Columns that are bound and read as they are; `Get` gives a row's member.
template <typename From, typename Into = From>
struct Plain {
  using Column = RowColumn<SqliteFormat, From, Into>;

  // Numbers of 64 bits keep them all; SQLite shows them as signed ones. It also keeps a text that is no number in such
  // a column, and would read the number that it begins with: 33 of "33,0".
  template <typename Get>
  static Column integer(const char* name, Get, ColumnRole role = ColumnRole::kValue) {
    return {{name, "INTEGER", role},
            [](RowBinder& row, const From& from) { row.integer(static_cast<std::int64_t>(Get{}(from))); },
            [](RowReader& row, Into& into) -> Expected {
              const auto number = row.strict_integer();
              if (!number) return "an integer";
              auto& value = Get{}(into);
              value = static_cast<std::remove_reference_t<decltype(value)>>(*number);
              return kAsExpected;
            }};
  }

  // Where reading must not stop: as SQLite reads it, whatever it is.
  template <typename Get>
  static Column any_integer(const char* name, Get get) {
    Column column = integer(name, get);
    column.read = [](RowReader& row, Into& into) {
      Get{}(into) = row.integer();
      return kAsExpected;
    };
    return column;
  }

  template <typename Get>
  static Column text(const char* name, Get, ColumnRole role = ColumnRole::kValue) {
    return {{name, "TEXT", role},
            [](RowBinder& row, const From& from) { row.text(Get{}(from)); },
            [](RowReader& row, Into& into) {
              Get{}(into) = row.text();
              return kAsExpected;
            }};
  }

  // Of a value with a text of its own (store/field_text.h).
  template <typename Get>
  static Column field_text(const char* name, Get) {
    return {{name, "TEXT"},
            [](RowBinder& row, const From& from) { row.made_text(store::field_text(Get{}(from))); },
            [](RowReader& row, Into& into) { return read_field(row.text(), Get{}(into)); }};
  }

  template <auto kText, typename Get>
  static Column decimal(std::string name, Get) {
    return {{std::move(name), "TEXT"},
            [](RowBinder& row, const From& from) { row.made_text(kText(Get{}(from))); },
            [](RowReader& row, Into& into) -> Expected {
              const auto value = parse_total(row.text());
              if (!value) return "a decimal";
              Get{}(into) = *value;
              return kAsExpected;
            }};
  }
};

void bind_reject_time(RowBinder& row, const RejectRow& from) {
  if (auto time = base::iso_time(from.reject.timestamp_ms))
    row.made_text(*std::move(time));
  else
    row.null();
}

Expected read_reject_time(RowReader& row, StoredReject& into) {
  const auto time = row.nullable_text();
  into.reject.timestamp_ms = time ? base::parse_iso_time(*time) : -1;
  return kAsExpected;
}

void bind_reject_message(RowBinder& row, const RejectRow& from) {
  if (from.reject.is_null)
    row.null();
  else
    row.blob(from.reject.message);
}

Expected read_reject_message(RowReader& row, StoredReject& into) {
  const auto message = row.nullable_blob();
  into.reject.is_null = !message;
  into.reject.message = message.value_or("");
  return kAsExpected;
}

// {"invalid_json":3}
std::string json_of(const core::Counters& counters) {
  std::string members;
  for (const auto& [reason, count] : reject_counts(counters))
    members += (members.empty() ? "\"" : ",\"") + std::string(reason) + "\":" + std::to_string(count);
  return "{" + members + "}";
}

RowColumn<SqliteFormat, core::Measures, core::Measures> measure_column(const std::string& name, core::Measure measure) {
  using Of = Plain<core::Measures>;
  switch (measure) {
    case core::Measure::kRevenue:
      return Of::decimal<revenue_text>(
          name, [](auto& row) -> auto& { return row.revenue; });
    case core::Measure::kUnits:
      return Of::decimal<units_text>(
          name, [](auto& row) -> auto& { return row.units; });
    case core::Measure::kOrders: break;
  }
  return Of::integer(
      name.c_str(), [](auto& row) -> auto& { return row.orders; });
}

}  // namespace

const Columns<PipelineRow>& pipeline_columns() {
  using Of = Plain<PipelineRow>;
  static const Columns<PipelineRow> columns({
      Of::any_integer(
          "format_version", [](auto& row) -> auto& { return row.format_version; }),
      Of::text(
          "pipeline", [](auto& row) -> auto& { return row.pipeline; }, ColumnRole::kKey),
      Of::text(
          "definition", [](auto& row) -> auto& { return row.definition; }),
      Of::text(
          "log", [](auto& row) -> auto& { return row.source; }),
      Of::any_integer(
          "generation", [](auto& row) -> auto& { return row.generation; }),
      Of::any_integer(
          "generation_base_us", [](auto& row) -> auto& { return row.base_us; }),
  });
  return columns;
}

const Columns<std::string>& made_table_columns() {
  static const Columns<std::string> columns({Plain<std::string>::text(
      "name", [](auto& row) -> auto& { return row; }, ColumnRole::kKey)});
  return columns;
}

const Columns<ProgressRow>& progress_columns() {
  using Of = Plain<ProgressRow>;
  static const Columns<ProgressRow> columns({
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.progress.partition; }, ColumnRole::kKey),
      Of::integer(
          "first_offset", [](auto& row) -> auto& { return row.progress.first_offset; }),
      Of::integer(
          "first_checksum", [](auto& row) -> auto& { return row.progress.first_checksum; }),
      Of::integer(
          "next_offset", [](auto& row) -> auto& { return row.progress.next_offset; }),
      Of::integer(
          "last_offset", [](auto& row) -> auto& { return row.progress.last_offset; }),
      Of::integer(
          "last_checksum", [](auto& row) -> auto& { return row.progress.last_checksum; }),
      Of::integer(
          "last_timestamp_ms", [](auto& row) -> auto& { return row.progress.last_timestamp_ms; }),
      Of::integer(
          "messages", [](auto& row) -> auto& { return row.progress.counters.messages; }),
      Of::integer(
          "orders", [](auto& row) -> auto& { return row.progress.counters.orders; }),
      Of::integer(
          "items", [](auto& row) -> auto& { return row.progress.counters.items; }),
      Of::integer(
          "wrong_totals", [](auto& row) -> auto& { return row.progress.counters.wrong_totals; }),
      Of::integer(
          "duplicates", [](auto& row) -> auto& { return row.progress.counters.duplicates; }),
      Of::integer(
          "window_offset", [](auto& row) -> auto& { return row.progress.window_offset; }),
      {{"rejects_by_reason", "TEXT"},
       [](RowBinder& row, const ProgressRow& from) { row.made_text(json_of(from.progress.counters)); },
       [](RowReader& row, ProgressRow& into) {
         into.rejects_by_reason = row.text();
         return kAsExpected;
       }},
  });
  return columns;
}

const Columns<RejectRow, StoredReject>& reject_columns() {
  using Of = Plain<RejectRow, StoredReject>;
  static const Columns<RejectRow, StoredReject> columns({
      {{"log", "TEXT"}, [](RowBinder& row, const RejectRow& from) { row.text(from.source); }},
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.reject.partition; }, ColumnRole::kKey),
      Of::integer(
          "offset", [](auto& row) -> auto& { return row.reject.offset; }, ColumnRole::kKey),
      {{"time", "TEXT", ColumnRole::kNullable}, bind_reject_time, read_reject_time},
      Of::field_text(
          "reason", [](auto& row) -> auto& { return row.reject.reason; }),
      Of::text(
          "detail", [](auto& row) -> auto& { return row.reject.detail; }),
      {{"key", "BLOB"},
       [](RowBinder& row, const RejectRow& from) { row.blob(from.reject.key); },
       [](RowReader& row, StoredReject& into) {
         into.reject.key = row.blob();
         return kAsExpected;
       }},
      {{"message", "BLOB", ColumnRole::kNullable}, bind_reject_message, read_reject_message},
  });
  return columns;
}

const Columns<Resend>& resend_columns() {
  using Of = Plain<Resend>;
  static const Columns<Resend> columns({
      Of::text(
          "id", [](auto& row) -> auto& { return row.id; }, ColumnRole::kKey),
      Of::field_text(
          "state", [](auto& row) -> auto& { return row.state; }),
      Of::text(
          "log", [](auto& row) -> auto& { return row.source; }),
      Of::field_text(
          "ends", [](auto& row) -> auto& { return row.ends; }),
      Of::integer(
          "messages", [](auto& row) -> auto& { return row.messages; }),
      Of::integer(
          "begun_ms", [](auto& row) -> auto& { return row.begun_ms; }),
      Of::integer(
          "settled_ms", [](auto& row) -> auto& { return row.settled_ms; }),
  });
  return columns;
}

const Columns<ResendMark>& resend_mark_columns() {
  using Of = Plain<ResendMark>;
  static const Columns<ResendMark> columns({
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.partition; }, ColumnRole::kKey),
      Of::integer(
          "offset", [](auto& row) -> auto& { return row.offset; }, ColumnRole::kKey),
      Of::text(
          "resend", [](auto& row) -> auto& { return row.resend; }, ColumnRole::kKey),
      Of::integer(
          "checksum", [](auto& row) -> auto& { return row.checksum; }),
  });
  return columns;
}

ColumnShape key_column(const std::string& name) { return {name, "TEXT", ColumnRole::kKey}; }

std::vector<ColumnShape> key_columns(const core::TotalsTable& table) {
  std::vector<ColumnShape> columns;
  for (const std::string& name : dimension_columns(table)) columns.push_back(key_column(name));
  return columns;
}

const Columns<CellRow>& cell_columns() {
  using Of = Plain<CellRow>;
  static const Columns<CellRow> columns({
      Of::integer(
          "partition", [](auto& row) -> auto& { return row.partition; }, ColumnRole::kKey),
      Of::decimal<revenue_text>(
          "revenue", [](auto& row) -> auto& { return row.cell.measures.revenue; }),
      Of::decimal<units_text>(
          "units", [](auto& row) -> auto& { return row.cell.measures.units; }),
      Of::integer(
          "orders", [](auto& row) -> auto& { return row.cell.measures.orders; }),
      Of::integer(
          "through", [](auto& row) -> auto& { return row.cell.applied_through; }),
  });
  return columns;
}

Columns<core::Measures> measure_columns(const core::TotalsTable& table) {
  Columns<core::Measures> columns;
  for (const core::Column& column : table.columns)
    if (const auto* measure = std::get_if<core::Measure>(&column.shows))
      columns = columns + Columns<core::Measures>({measure_column(column.name, *measure)});
  return columns;
}

}  // namespace salestream::store::sqlite
