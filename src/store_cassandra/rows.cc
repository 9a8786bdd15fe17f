// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/rows.h"

#include <algorithm>

#include "base/logging.h"
#include "base/utf8.h"
#include "store_cassandra/key_columns.h"

namespace salestream::store::cassandra {
namespace {

constexpr int kRevenueFractionDigits = 2;
constexpr int kUnitsFractionDigits = 0;
constexpr std::string_view kCutDetail = " (only the first 8 MiB of it are kept)";

base::Error changed_by_hand(const Client& client, const std::string& expected) {
  return client.failure("holds something else where " + expected +
                        " belongs, so it was written by something other than this salestream. Start over with "
                        "`salestream reset PIPELINE`");
}

std::optional<core::RejectReason> reason_of(std::string_view name) {
  for (int i = 0; i < core::kRejectReasonCount; ++i)
    if (const auto reason = static_cast<core::RejectReason>(i); name == core::name_of(reason)) return reason;
  return std::nullopt;
}

base::Status read_decimal(std::optional<std::string_view> value, const Client& client, core::Decimal& into) {
  const auto decimal = value ? decimal_of(*value) : std::nullopt;
  if (!decimal) return changed_by_hand(client, "a decimal of at most nine fraction digits");
  into = *decimal;
  return {};
}

base::Status read_bigint(std::optional<std::string_view> value, const Client& client, std::int64_t& into) {
  const auto number = value ? bigint_of(*value) : std::nullopt;
  if (!number) return changed_by_hand(client, "a number");
  into = *number;
  return {};
}

bool is_utf8(std::string_view text) {
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t length = base::utf8_sequence_length(text, at);
    if (length == 0) return false;
    at += length;
  }
  return true;
}

}  // namespace

std::vector<std::string> column_types(const core::TotalsTable& table) {
  std::vector<std::string> types;
  for (const core::Column& column : table.columns) {
    const auto* measure = std::get_if<core::Measure>(&column.shows);
    if (measure == nullptr)
      types.emplace_back(key_type(std::get<core::Dimension>(column.shows)));
    else if (*measure == core::Measure::kOrders)
      types.emplace_back("bigint");
    else
      types.push_back(
          "decimal(" +
          std::to_string(*measure == core::Measure::kRevenue ? kRevenueFractionDigits : kUnitsFractionDigits) + ")");
  }
  return types;
}

void bind_measure(BoundRows& row, core::Measure measure, const core::Measures& measures) {
  switch (measure) {
    case core::Measure::kRevenue: row.decimal(measures.revenue, kRevenueFractionDigits); break;
    case core::Measure::kUnits: row.decimal(measures.units, kUnitsFractionDigits); break;
    case core::Measure::kOrders: row.bigint(measures.orders); break;
  }
}

base::Status read_measure(std::optional<std::string_view> value, core::Measure measure, const Client& client,
                          core::Measures& into) {
  switch (measure) {
    case core::Measure::kRevenue: return read_decimal(value, client, into.revenue);
    case core::Measure::kUnits: return read_decimal(value, client, into.units);
    case core::Measure::kOrders: return read_bigint(value, client, into.orders);
  }
  return {};
}

base::Status read_cell(ValueReader& row, const Client& client, core::PartitionId& partition, core::Cell& into) {
  partition = integer_of(row.next().value_or("")).value_or(0);
  SALESTREAM_TRY(read_decimal(row.next(), client, into.measures.revenue));
  SALESTREAM_TRY(read_decimal(row.next(), client, into.measures.units));
  SALESTREAM_TRY(read_bigint(row.next(), client, into.measures.orders));
  return read_bigint(row.next(), client, into.applied_through);
}

void bind_progress(BoundRows& row, const core::PartitionProgress& progress) {
  const core::Counters& counters = progress.counters;
  row.integer(progress.partition);
  for (const std::int64_t value :
       {progress.first_offset, static_cast<std::int64_t>(progress.first_checksum), progress.next_offset,
        progress.last_offset, static_cast<std::int64_t>(progress.last_checksum), progress.last_timestamp_ms,
        counters.messages, counters.orders, counters.items, counters.wrong_totals, counters.duplicates,
        progress.window_offset})
    row.bigint(value);
  std::vector<std::pair<std::string_view, std::int64_t>> rejects;
  for (int i = 0; i < core::kRejectReasonCount; ++i)
    if (const auto count = counters.rejects[static_cast<std::size_t>(i)]; count != 0)
      rejects.emplace_back(core::name_of(static_cast<core::RejectReason>(i)), count);
  std::sort(rejects.begin(), rejects.end());  // as Cassandra keeps a map
  row.counts(rejects);
}

base::Result<core::PartitionProgress> progress_of(ValueReader& row, const Client& client) {
  core::PartitionProgress progress;
  core::Counters& counters = progress.counters;
  progress.partition = integer_of(row.next().value_or("")).value_or(0);
  std::int64_t first_checksum = 0, last_checksum = 0;
  for (std::int64_t* value :
       {&progress.first_offset, &first_checksum, &progress.next_offset, &progress.last_offset, &last_checksum,
        &progress.last_timestamp_ms, &counters.messages, &counters.orders, &counters.items, &counters.wrong_totals})
    SALESTREAM_TRY(read_bigint(row.next(), client, *value));
  // What an earlier salestream wrote has none of these.
  for (std::int64_t* value : {&counters.duplicates, &progress.window_offset})
    if (const auto later = row.next()) SALESTREAM_TRY(read_bigint(later, client, *value));
  progress.first_checksum = static_cast<std::uint64_t>(first_checksum);
  progress.last_checksum = static_cast<std::uint64_t>(last_checksum);
  const auto rejects = counts_of(row.next().value_or(""));
  if (!rejects) return changed_by_hand(client, "a map of reasons and counts");
  for (const auto& [name, count] : *rejects) {
    const auto reason = reason_of(name);
    if (!reason) return changed_by_hand(client, "a reason for rejects");
    counters.rejects[static_cast<std::size_t>(*reason)] = count;
  }
  return progress;
}

void bind_reject(BoundRows& row, const core::Reject& reject) {
  if (reject.timestamp_ms >= 0)
    row.bigint(reject.timestamp_ms);
  else
    row.null();
  row.text(core::name_of(reject.reason));
  std::string detail =
      is_utf8(reject.detail) ? reject.detail : base::printable(reject.detail, reject.detail.size() * 4);
  const bool is_cut = reject.message.size() > kMaxRejectMessageBytes;
  if (is_cut) detail += kCutDetail;
  row.text(detail).blob(reject.key);
  if (reject.is_null)
    row.null();
  else
    row.blob(std::string_view(reject.message).substr(0, kMaxRejectMessageBytes));
}

base::Status read_reject(ValueReader& row, const Client& client, core::Reject& into) {
  into.timestamp_ms = bigint_of(row.next().value_or("")).value_or(-1);
  const auto reason = reason_of(row.next().value_or(""));
  if (!reason) return changed_by_hand(client, "a reason for a reject");
  into.reason = *reason;
  into.detail = row.next().value_or("");
  into.key = row.next().value_or("");
  const auto message = row.next();
  into.is_null = !message;
  into.is_cut = into.detail.ends_with(kCutDetail) && message && message->size() == kMaxRejectMessageBytes;
  into.message = message.value_or("");
  return {};
}

}  // namespace salestream::store::cassandra
