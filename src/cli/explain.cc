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

// Its places, and what else is said of it: "sku or title, default '?'".
std::string place_text(const core::Field& field) {
  if (field.scope == core::FieldScope::kMessageKey) return "Kafka's key";
  if (field.scope == core::FieldScope::kMessageTime) return "Kafka's timestamp";
  const bool is_header = field.scope == core::FieldScope::kHeader;
  std::string text = is_header ? "Kafka's header " + core::header_of(field) : field.paths.empty() ? "." : "";
  for (const core::FieldPath& path : field.paths)
    if (!is_header) text += (text.empty() ? "" : " or ") + path.text();
  if (field.unit != core::TimeUnit::kBySize) text += fmt::format(", unit {}", core::name_of(field.unit));
  if (field.scale_digits != 0) text += fmt::format(", scale {}", field.scale_digits);
  if (field.is_base64) text += ", base64";
  if (field.is_scaled_by_currency) text += ", scale by currency";
  if (field.may_be_null) text += ", may be NULL";
  if (field.fallback) text += fmt::format(", default '{}'", *field.fallback);
  return base::printable(text, kMaxShownFieldBytes);
}

std::string fields_text(const core::Definition& definition) {
  const core::OrderMapping& order = definition.order;
  Table table{.columns = {{"field"}, {"name"}, {"stands in"}, {"needed"}, {"read as"}}, .rows = {}};
  const auto add = [&](const std::string& name, const core::Field& field, const char* place, const char* as,
                       bool is_read = true) {
    const bool is_needed = is_read && !field.fallback && !field.may_be_null;
    table.rows.push_back({name, place_text(field), place, is_needed ? "yes" : "no", as});
  };
  const char* const item = "line item";
  table.rows.push_back({"items", base::printable(order.items.text(), kMaxShownFieldBytes), "order", "yes",
                        order.items.is_message_itself() ? "the message is its own line item"
                        : order.items.is_json_text      ? "a text that holds JSON: line items"
                                                        : "an array of line items"});
  add("product", order.product, item,
      order.product.is_element_itself() ? "a text: the line item itself" : "a text or number");
  if (order.quantity_is_map)
    add("quantity", order.quantity, "order", "an object, product to number");
  else
    add("quantity", order.quantity, item, "a number");
  if (order.price)
    add("price", *order.price, item, order.amount ? "not read: there is an amount" : "a number", !order.amount);
  if (order.amount) add("amount", *order.amount, item, "a number, the line's own amount");
  if (order.total)
    add("total", *order.total, "order",
        order.has_revenue() ? "a number, compared with the line items' sum" : "not read: there is no price", false);
  const auto add_if = [&](const char* name, const std::optional<core::Field>& field, bool is_read, const char* as,
                          const char* not_read) {
    if (field) add(name, *field, "order", is_read ? as : not_read, is_read);
  };
  const bool has_conditions = !definition.where.empty() || !definition.items_where.empty();
  const auto is_by = [&](core::FieldIndex::Known known) { return definition.is_by({{known}}); };
  add_if("client", order.client, definition.is_by(core::Dimension::kClient) || has_conditions, "a text or number",
         "not read: no table is by client");
  add_if("time", order.time, definition.has_windows(), "a time", "not read: no table is by a window of time");
  add_if("id", order.id, definition.deduplicate || is_by(core::FieldIndex::Known::kId) || has_conditions,
         "a text or number", "not read: nothing is deduplicated");
  if (order.currency)
    add("currency", *order.currency, order.currency->scope == core::FieldScope::kItem ? item : "order", "a text");
  for (const core::Field& field : definition.fields)
    add(base::printable(field.name, kMaxShownFieldBytes), field,
        field.scope == core::FieldScope::kItem ? item : "order", core::name_of(field.type));

  std::string out = to_console_text(table) + "\n";
  const auto condition = [](const std::string& text) { return text.empty() ? std::string("all") : text; };
  if (definition.changes != core::Changes::kAppend)
    out += "Changes:         debezium: what a row was is subtracted, what it is now is counted\n";
  out += fmt::format("Orders where:    {}\n", condition(definition.where));
  out += fmt::format("Items where:     {}\n", condition(definition.items_where));
  if (!definition.sign.empty()) out += fmt::format("Sign:            {}\n", definition.sign);
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
