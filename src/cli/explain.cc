// SPDX-License-Identifier: Apache-2.0
#include "cli/explain.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/terminal/print.h"
#include "cli/terminal/table.h"
#include "cli/terminal/text.h"
#include "spark/kafka_source.h"
#include "spark/statement.h"

namespace salestream::cli {
namespace {

constexpr std::size_t kMaxShownFieldBytes = 200;

// Properties whose values may be shown. Any other may hold a secret, or what an environment variable says.
constexpr auto kOpenProperties = std::to_array<std::string_view>(
    {"bootstrap.servers", "group.id", "client.id", "client.rack", "security.protocol", "sasl.mechanism",
     "sasl.mechanisms", "isolation.level", "session.timeout.ms", "subscribe", "startingOffsets", "includeHeaders",
     "failOnDataLoss", "ssl.truststore.type", "ssl.truststore.location", "ssl.keystore.type", "ssl.ca.location",
     "ssl.endpoint.identification.algorithm"});
constexpr std::string_view kKafkaPrefix = "kafka.";  // of an option of Spark's

std::string shown(std::string_view name, const std::string& value) {
  if (name.starts_with(kKafkaPrefix)) name.remove_prefix(kKafkaPrefix.size());
  if (std::ranges::count(kOpenProperties, name) == 0) return "(not shown)";
  return base::printable(value, kMaxShownFieldBytes);
}

std::string list(const auto& names, std::string_view between = ", ") {
  std::string out;
  for (const auto& name : names) out += fmt::format("{}{}", out.empty() ? "" : between, name);
  return out;
}

std::string fields_text(const core::Definition& definition) {
  const core::OrderMapping& order = definition.order;
  Table table{.columns = {{"field"}, {"name"}, {"stands in"}, {"needed"}, {"read as"}}, .rows = {}};
  const auto add = [&](const char* field, const core::FieldPath& path, const char* place, bool is_needed,
                       const char* as) {
    table.rows.push_back(
        {field, base::printable(path.text(), kMaxShownFieldBytes), place, is_needed ? "yes" : "no", as});
  };
  const char* const item = "line item";
  add("items", order.items.path(), "order", true, "an array of line items");
  add("product", order.product.path(), item, true,
      order.product.is_element_itself() ? "a text: the line item itself" : "a text");
  if (order.quantity_is_map)
    add("quantity", order.quantity.path(), "order", true, "an object, product to number");
  else
    add("quantity", order.quantity.path(), item, true, "a number");
  if (order.price) add("price", order.price->path(), item, true, "a number");
  if (order.total)
    add("total", order.total->path(), "order", false,
        order.price ? "a number, compared with the line items' sum" : "not read: there is no price");
  const auto add_if = [&](const char* field, const std::optional<core::Field>& path, bool is_read, const char* as,
                          const char* not_read) {
    if (path) add(field, path->path(), "order", is_read, is_read ? as : not_read);
  };
  add_if("client", order.client, definition.is_by(core::Dimension::kClient), "a text",
         "not read: no table is by client");
  add_if("time", order.time, definition.has_windows(), "a time", "not read: no table is by a window of time");
  add_if("id", order.id, definition.deduplicate.has_value(), "a text or number", "not read: nothing is deduplicated");

  std::string out = to_console_text(table) + "\n";
  out += fmt::format("Kept products:   {}\n",
                     definition.keep_products.empty()
                         ? "all"
                         : base::printable(list(definition.keep_products), 10 * kMaxShownFieldBytes));
  out += fmt::format("Returns:         {}\n", definition.allow_returns ? "negative amounts count"
                                                                       : "an order with a negative amount is rejected");
  out += fmt::format("A wrong total:   {}\n", definition.wrong_total == core::WrongTotal::kReject
                                                  ? "rejects the order"
                                                  : "is counted as one, and the order counts");
  out += fmt::format("The same order:  {}\n",
                     definition.deduplicate ? fmt::format("counts once among {} of its partition",
                                                          count_of(definition.deduplicate->window_messages, "message"))
                                            : "counts each time it comes");
  out += fmt::format("Time zone:       {}\n", definition.timezone);
  out +=
      fmt::format("Longest message: {}\n", count_of(static_cast<std::int64_t>(definition.max_message_bytes), "byte"));
  for (const core::TotalsTable& totals : definition.totals) {
    std::vector<std::string> by, columns;
    for (const core::Dimension dimension : totals.by) by.emplace_back(definition.name_of(dimension));
    for (const core::Column& column : totals.columns)
      columns.push_back(column.name + " = " + definition.name_of(column.shows));
    out += fmt::format("Table {}: a row for each {}; {}\n", totals.name, list(by, " and "), list(columns));
  }
  return out;
}

std::string source_text(const source::Options& source) {
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&source)) {
    std::string out = fmt::format("Kafka topic {}\n", kafka->topic);
    for (const auto& [name, value] : kafka->properties) out += fmt::format("  {}: {}\n", name, shown(name, value));
    return out;
  }
  if (const auto* file = std::get_if<source::FileOptions>(&source))
    return file->path == "-"
               ? "standard input, an order a line\n"
               : fmt::format("file {}, an order a line\n", base::printable(file->path, kMaxShownFieldBytes));
  const auto& generator = std::get<source::GeneratorOptions>(source);
  return fmt::format("generator of made-up orders: seed {}, {}\n", generator.seed,
                     count_of(generator.partitions, "partition"));
}

// What init would do, in a store of the kind asked for: the pipeline file's own, if it is of that kind.
base::Result<std::string> schema_text(config::PipelineFile file, bool is_cassandra) {
  const core::Definition& definition = file.definition;
  if (is_cassandra && !std::holds_alternative<store::CassandraOptions>(file.store)) {
    store::CassandraOptions options{.contact_points = {"localhost:9042"},
                                    .keyspace = definition.pipeline.substr(0, 48)};
    std::ranges::replace(options.keyspace, '-', '_');
    file.store = std::move(options);
  } else if (!is_cassandra && !std::holds_alternative<store::SqliteOptions>(file.store)) {
    file.store = store::SqliteOptions{.file = definition.pipeline + ".db"};
  }
  file.source = source::GeneratorOptions{};  // the statements are the same for every source, and this one is at hand
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(std::move(file)));
  SALESTREAM_ASSIGN(const std::vector<std::string> statements, opened.store->schema());
  std::string out;
  for (const std::string& statement : statements) out += statement + ";\n";
  return out;
}

base::Result<std::string> spark_text(const config::PipelineFile& file) {
  SALESTREAM_ASSIGN(const spark::Statement statement, spark::compile(file.definition));
  std::string out = fmt::format(
      "-- For Spark 3.5. {} is a view of the messages with the columns of Spark's Kafka source:\n"
      "-- key BINARY, value BINARY, topic STRING, `partition` INT, `offset` BIGINT, timestamp TIMESTAMP; value,\n"
      "-- `partition` and `offset` are used. A streaming query over it belongs in update mode.\n",
      spark::kMessagesView);
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&file.source)) {
    SALESTREAM_ASSIGN(const spark::KafkaSource source, spark::kafka_source(*kafka));
    out += "-- Options of the source, format kafka:\n";
    for (const auto& [name, value] : source.options) out += fmt::format("--   {} = {}\n", name, shown(name, value));
    if (!source.left_out.empty())
      out += fmt::format("-- Left out, since they tune another client: {}\n", list(source.left_out));
  }
  for (const auto& [name, value] : statement.session) out += fmt::format("SET {}={};\n", name, value);
  for (std::size_t i = 0; i < statement.tables.size(); ++i)
    out += fmt::format("\n-- Totals table {}\n{};\n", statement.tables[i].table, statement.to_paste[i]);
  return out;
}

}  // namespace

base::Result<int> explain(const ExplainArguments& arguments) {
  SALESTREAM_ASSIGN(const config::PipelineFile file, load_pipeline(arguments.pipeline));
  const auto part_text = [&](ExplainPart part) -> base::Result<std::string> {
    switch (part) {
      case ExplainPart::kFields: return fields_text(file.definition);
      case ExplainPart::kSource: return source_text(file.source);
      case ExplainPart::kCql: return schema_text(file, true);
      case ExplainPart::kSqlite: return schema_text(file, false);
      case ExplainPart::kSpark: return spark_text(file);
      case ExplainPart::kNone: break;
    }
    return std::string();
  };
  if (arguments.only != ExplainPart::kNone) {
    SALESTREAM_ASSIGN(const std::string text, part_text(arguments.only));
    SALESTREAM_TRY(print(text));
    return kExitDone;
  }
  struct Part {
    ExplainPart part;
    const char* heading;
  };
  std::string out;
  for (const auto& [part, heading] : std::to_array<Part>({{ExplainPart::kFields, "Fields, and what is counted"},
                                                          {ExplainPart::kSource, "Source"},
                                                          {ExplainPart::kCql, "Tables in Cassandra (CQL)"},
                                                          {ExplainPart::kSqlite, "Tables in SQLite (SQL)"},
                                                          {ExplainPart::kSpark, "The totals in Spark SQL"}})) {
    if (!arguments.all && part != ExplainPart::kFields && part != ExplainPart::kSource) continue;
    // One part that there is no way to say does not hide the others.
    const base::Result<std::string> text = part_text(part);
    out += fmt::format("{}== {} ==\n\n{}", out.empty() ? "" : "\n", heading,
                       text.ok() ? *text : "-- " + text.error().message + "\n");
  }
  if (!arguments.all)
    out += "\nMore: --only cql, sqlite or spark prints the statements in that language, --all everything.\n";
  SALESTREAM_TRY(print(out));
  return kExitDone;
}

}  // namespace salestream::cli
