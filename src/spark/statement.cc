// SPDX-License-Identifier: Apache-2.0
#include "spark/statement.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/order.h"
#include "spark/decode_sql.h"
#include "spark/sql_text.h"

namespace salestream::spark {
namespace {

using core::Dimension;
using core::Measure;
using core::Window;

constexpr std::uint64_t kMostMessageBytes = 16 << 20;

std::string value_of(Dimension dimension) {
  switch (dimension.window) {
    case Window::kNone: return dimension == Dimension::kProduct ? "item.product" : "client";
    case Window::kMinute: return "date_trunc('MINUTE', at)";
    case Window::kHour: return "date_trunc('HOUR', at)";
    case Window::kDay: return "CAST(at AS DATE)";
    case Window::kWeek: return "trunc(CAST(at AS DATE), 'WEEK')";
    case Window::kMonth: return "trunc(CAST(at AS DATE), 'MONTH')";
  }
  return {};
}

// A sum of billionths with its point put where it belongs. No arithmetic of Spark's keeps all the digits.
std::string decimal(const char* field) {
  return fmt::format("CAST(concat(CAST(sum(item.{}) AS STRING), 'E-9') AS DECIMAL(38, 9))", field);
}

std::string value_of(Measure measure, const core::TotalsTable& table) {
  switch (measure) {
    case Measure::kRevenue: return decimal("revenue");
    case Measure::kUnits: return decimal("units");
    case Measure::kOrders: break;
  }
  // An order counts once in a row, however many of its line items do.
  const bool is_by_product = std::ranges::count(table.by, Dimension::kProduct) > 0;
  return is_by_product ? "count_if(item.is_first)" : "count_if(place = 0)";
}

// What is counted of an order's line items: none where it is a rejected message. A WHERE would be pushed down by the
// optimizer into the reading of the text, which would then be done twice.
std::string counted_items(const core::Definition& definition) {
  std::string items = "items";
  if (!definition.keep_products.empty()) {
    std::string names;
    for (const std::string& product : definition.keep_products) names += (names.empty() ? "" : ", ") + literal(product);
    items = fmt::format("filter(items, i -> i.product IN ({}))", names);
  }
  return fmt::format("CASE WHEN reason IS NULL THEN {} END", items);
}

struct TableText {
  TableStatement statement;
  std::string to_paste;  // the table's own columns and no other
};

TableText compile_table(const core::Definition& definition, const core::TotalsTable& table) {
  TableStatement out{.table = table.name};
  std::string columns, groups;
  for (const core::Column& column : table.columns) {
    const auto* dimension = std::get_if<Dimension>(&column.shows);
    const std::string value =
        dimension != nullptr ? value_of(*dimension) : value_of(std::get<Measure>(column.shows), table);
    columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ",\n  ", value, identifier(column.name));
  }
  for (const Dimension dimension : table.by) {
    groups += (groups.empty() ? "" : ", ") + value_of(dimension);
    for (const core::Column& column : table.columns)
      if (column.shows == std::variant<Dimension, Measure>(dimension)) out.key_columns.push_back(column.name);
  }
  const auto select = [&](const std::string& what) {
    return fmt::format("SELECT\n  {}\nFROM {}\nLATERAL VIEW posexplode({}) AS place, item\nGROUP BY {}", what,
                       kJudgedView, counted_items(definition), groups);
  };
  out.sql = select(fmt::format("{},\n  count(1) AS {}", columns, identifier(kVersionColumn)));
  return {std::move(out), select(columns)};
}

std::vector<Metric> metrics_of() {
  std::vector<Metric> metrics = {{"messages", "count(1)"},
                                 {"orders", "count_if(reason IS NULL)"},
                                 {"wrong_totals", "count_if(reason IS NULL AND wrong_total)"}};
  for (int i = 0; i < core::kRejectReasonCount; ++i) {
    const std::string name = core::name_of(static_cast<core::RejectReason>(i));
    metrics.push_back({"rejects_" + name, fmt::format("count_if(reason = '{}')", name)});
  }
  return metrics;
}

std::string with_steps(const std::vector<Step>& steps, bool explained) {
  std::string out = "WITH";
  for (const Step& step : steps)
    out += fmt::format("{}\n{}{} AS (\n{}\n)", &step == &steps.front() ? "" : ",",
                       explained ? "-- " + step.about + "\n" : "", step.name, step.sql);
  return out;
}

// The first thing that a definition says beyond one place for each value; empty: nothing.
std::string what_spark_lacks(const core::Definition& definition) {
  if (definition.is_plain()) return {};
  if (definition.changes != core::Changes::kAppend) return "changes";
  if (!definition.fields.empty()) return "fields";
  if (!definition.where.empty()) return "where";
  if (!definition.items_where.empty()) return "items_where";
  if (!definition.sign.empty()) return "sign";
  if (definition.order.amount) return "order.amount";
  if (definition.order.currency) return "order.currency";
  if (!definition.order.items.is_plain()) return "order.items: " + definition.order.items.text();
  return "a value of `order` with several places, a default, a scale or a unit, or a table by id,";
}

}  // namespace

base::Status check_expressible(const core::Definition& definition) {
  if (const std::string what = what_spark_lacks(definition); !what.empty())
    return base::usage_error(what + " cannot run on Spark yet: run the pipeline with `salestream run`");
  if (definition.deduplicate)
    return base::usage_error(fmt::format(
        "deduplicate cannot run on Spark: an order is left out when its id stands among the {} messages before it in "
        "its partition, and Spark SQL has no such window; run the pipeline with `salestream run`, or without "
        "deduplicate",
        definition.deduplicate->window_messages));
  if (definition.max_message_bytes > kMostMessageBytes)
    return base::usage_error(fmt::format(
        "limits.max_message_bytes is {}, and on Spark it may be at most {} (16MiB): Spark's JSON parser takes no "
        "string of more than 20 million characters",
        definition.max_message_bytes, kMostMessageBytes));
  for (const core::TotalsTable& table : definition.totals)
    for (const core::Column& column : table.columns)
      if (column.name == kVersionColumn)
        return base::usage_error(
            fmt::format("{}the table {} has a column {}, and on Spark that name is taken: give it another",
                        column.place.empty() ? "" : column.place + ": ", table.name, column.name));
  return {};
}

base::Result<Statement> compile(const core::Definition& definition) {
  SALESTREAM_TRY(check_expressible(definition));
  const std::vector<Step> steps = judgement(definition, std::string(kMessagesView), std::string(kJudgedView));
  Statement out;
  // Windows go by the session's clock. The other one decides what `\` means in a literal.
  out.session = {{"spark.sql.session.timeZone", definition.timezone},
                 {"spark.sql.parser.escapedStringLiterals", "false"}};
  out.judged = fmt::format("{}\nSELECT * FROM {}", with_steps(steps, false), kJudgedView);
  out.metrics = metrics_of();
  for (const core::TotalsTable& table : definition.totals) {
    TableText text = compile_table(definition, table);
    out.to_paste.push_back(with_steps(steps, true) + "\n" + text.to_paste);
    out.tables.push_back(std::move(text.statement));
  }
  return out;
}

}  // namespace salestream::spark
