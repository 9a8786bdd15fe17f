// SPDX-License-Identifier: Apache-2.0
#include "render_pipeline_file.h"

#include <cstdio>
#include <sstream>

namespace salestream {
namespace {

// A double-quoted YAML scalar that stands for these bytes, whatever they are.
std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') {
      out += '\\';
      out += c;
    } else if (c == '$') {
      out += "$$";
    } else if (byte < 0x20 || byte == 0x7F) {
      char escape[8];
      std::snprintf(escape, sizeof escape, "\\x%02x", byte);
      out += escape;
    } else {
      out += c;
    }
  }
  return out += '"';
}

std::string path(const core::FieldPath& path) {
  if (path.is_element_itself()) return ".";
  std::string out;
  for (const std::string& step : path.steps) out += (out.empty() ? "[" : ", ") + quoted(step);
  return out + "]";
}

std::string places(const core::Field& field) {
  std::string out;
  for (const core::FieldPath& each : field.paths) out += (out.empty() ? "[" : ", ") + path(each);
  return out + "]";
}

std::string place_of(const core::Field& field) {
  switch (field.scope) {
    case core::FieldScope::kMessageKey: return "kafka: key";
    case core::FieldScope::kMessageTime: return "kafka: timestamp";
    case core::FieldScope::kHeader: return "kafka: " + quoted("header." + core::header_of(field));
    case core::FieldScope::kOrder: return "order: " + places(field);
    case core::FieldScope::kItem: return "item: " + places(field);
    case core::FieldScope::kUsual: break;
  }
  return "field: " + places(field);
}

// As a map of all that is said of it; `is_named`: of `fields`.
std::string value(const core::Field& field, bool is_named) {
  if (field.paths.empty() && field.scope == core::FieldScope::kUsual) return ".";
  std::string out = "{" + place_of(field);
  if (is_named && field.scope != core::FieldScope::kMessageTime) out += std::string(", type: ") + name_of(field.type);
  if (field.unit != core::TimeUnit::kBySize) out += std::string(", unit: ") + name_of(field.unit);
  if (field.scale_digits != 0) out += ", scale: " + std::to_string(field.scale_digits);
  if (field.is_base64) out += ", encoding: base64";
  if (field.is_scaled_by_currency) out += ", scale: {by_currency: true}";
  if (field.may_be_null) out += ", default: null";
  if (field.fallback) out += ", default: " + quoted(*field.fallback);
  return out + "}";
}

std::string items(const core::ItemsPath& where) {
  if (where.is_message_itself()) return ".";
  const std::string text = where.levels.size() == 1 ? path(where.levels.front()) : quoted(where.text());
  return where.is_json_text ? "{json: " + text + "}" : text;
}

struct SourceRenderer {
  std::ostream& out;

  void operator()(const source::KafkaOptions& kafka) const {
    out << "  kafka:\n    topic: " << quoted(kafka.topic) << "\n    create: {partitions: " << kafka.create_partitions
        << ", replication_factor: " << kafka.create_replication_factor << "}\n";
    for (const auto& [name, value] : kafka.properties) out << "    " << name << ": " << quoted(value) << '\n';
  }
  void operator()(const source::FileOptions& file) const { out << "  file: " << quoted(file.path) << '\n'; }
  void operator()(const source::GeneratorOptions& generator) const {
    out.precision(17);
    out << "  generator: {seed: " << generator.seed << ", partitions: " << generator.partitions
        << ", orders_per_partition: " << generator.orders_per_partition
        << ", orders_per_second: " << generator.orders_per_second << "}\n";
  }
};

}  // namespace

std::string render_pipeline_file(const config::PipelineFile& file) {
  const core::Definition& d = file.definition;
  std::ostringstream out;
  out << "pipeline: " << quoted(d.pipeline) << "\nsource:\n";
  std::visit(SourceRenderer{out}, file.source);
  out << "order:\n";
  const auto field = [&](const char* name, const std::optional<core::Field>& of) {
    if (of) out << "  " << name << ": " << value(*of, false) << '\n';
  };
  field("id", d.order.id);
  field("client", d.order.client);
  field("time", d.order.time);
  field("total", d.order.total);
  out << "  items: " << items(d.order.items) << '\n';
  field("product", d.order.product);
  if (d.order.quantity_is_map)
    out << "  quantity: {map: " << path(d.order.quantity.path()) << "}\n";
  else
    field("quantity", d.order.quantity);
  field("price", d.order.price);
  field("amount", d.order.amount);
  field("currency", d.order.currency);
  if (!d.fields.empty()) out << "fields:\n";
  for (const core::Field& each : d.fields) out << "  " << each.name << ": " << value(each, true) << '\n';
  if (!d.where.empty()) out << "where: " << quoted(d.where) << '\n';
  if (d.changes != core::Changes::kAppend) out << "changes: " << core::name_of(d.changes) << '\n';
  if (!d.sign.empty()) out << "sign: " << quoted(d.sign) << '\n';
  if (!d.items_where.empty()) out << "items_where: " << quoted(d.items_where) << '\n';
  if (!d.keep_products.empty()) {
    out << "keep:\n  product:\n";
    for (const std::string& product : d.keep_products) out << "    - " << quoted(product) << '\n';
  }
  out << "allow_returns: " << (d.allow_returns ? "true" : "false") << '\n'
      << "wrong_total: " << (d.wrong_total == core::WrongTotal::kReject ? "reject" : "count") << '\n'
      << "timezone: " << quoted(d.timezone) << '\n';
  if (d.deduplicate) out << "deduplicate: {by: id, window: " << d.deduplicate->window_messages << "}\n";
  out << "totals:\n";
  for (const core::TotalsTable& table : d.totals) {
    out << "  " << table.name << ":\n    by: [";
    for (std::size_t i = 0; i < table.by.size(); ++i) out << (i > 0 ? ", " : "") << quoted(d.name_of(table.by[i]));
    out << "]\n    columns:\n";
    for (const core::Column& column : table.columns) {
      out << "      " << quoted(column.name) << ": ";
      out << quoted(d.name_of(column.shows));
      out << '\n';
    }
  }
  out << "store: {sqlite: {file: " << quoted(std::get<store::SqliteOptions>(file.store).file) << "}}\n"
      << "limits:\n  workers: " << file.limits.workers << "\n  cells_in_memory: " << file.limits.cells_in_memory_bytes
      << "\n  rejects_in_memory: " << file.limits.rejects_in_memory_bytes
      << "\n  rows_in_memory: " << file.limits.rows_in_memory_bytes
      << "\n  flush_interval_ms: " << file.limits.flush_interval_ms << "\n  max_message_bytes: " << d.max_message_bytes
      << '\n';
  return out.str();
}

}  // namespace salestream
