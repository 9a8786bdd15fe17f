// SPDX-License-Identifier: Apache-2.0
#include "sample/pipeline_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <string_view>

#include "sample/yaml_scalar.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMaxPipelineBytes = 100;
constexpr std::size_t kCommentColumn = 40;
constexpr std::size_t kMaxLineBytes = 110;

// Behind the line, or above it where it would be long.
std::string with_comment(std::string line, const std::string& comment) {
  if (comment.empty()) return line + '\n';
  if (line.size() + comment.size() > kMaxLineBytes) {
    const std::string indentation(std::min(line.find_first_not_of(' '), line.size()), ' ');
    return indentation + "# " + comment_text(comment) + '\n' + line + '\n';
  }
  if (line.size() < kCommentColumn) line.append(kCommentColumn - line.size(), ' ');
  return line + "  # " + comment_text(comment) + '\n';
}

std::string places_text(const std::vector<core::FieldPath>& paths) {
  if (paths.size() == 1) return yaml_place(paths.front());
  std::string out;
  for (const core::FieldPath& path : paths) {
    std::string place = yaml_place(path);
    // In a list of several each is one place: a list of its names.
    if (place.starts_with("[[")) place = place.substr(1, place.size() - 2);
    out += (out.empty() ? "" : ", ") + place;
  }
  return "[" + out + "]";
}

bool is_known_scalar(std::string_view text) { return text == "null" || text == "false" || text == "1"; }

// What stands behind the colon. `scope`: the word for its place: field, order or item.
std::string value_text(const Place& place, std::string_view scope) {
  std::string more;
  if (!place.type.empty()) more += ", type: " + place.type;
  if (place.unit != core::TimeUnit::kBySize) more += fmt::format(", unit: {}", core::name_of(place.unit));
  if (place.is_scaled_by_currency) more += ", scale: {by_currency: true}";
  if (place.scale_digits > 0) more += fmt::format(", scale: {}", place.scale_digits);
  if (place.fallback)
    more += ", default: " + (is_known_scalar(*place.fallback) ? *place.fallback : yaml_text(*place.fallback));
  const std::string places = places_text(place.paths);
  if (more.empty() && scope == "field") return places;
  return fmt::format("{{{}: {}{}}}", scope, places, more);
}

std::string line_of(const char* key, const std::optional<Place>& place) {
  if (!place) return {};
  return with_comment(fmt::format("  {}: {}", key, value_text(*place, place->is_of_item ? "item" : "field")),
                      place->comment);
}

std::string total_text(const Proposal& proposal) {
  if (!proposal.total || !proposal.has_revenue()) return {};
  const std::string line = "total: " + value_text(*proposal.total, "field");
  return with_comment((proposal.is_total_compared ? "  " : "  # ") + line,
                      proposal.is_total_compared ? "compared with the sum of the line items" : proposal.total->comment);
}

std::string order_text(const Proposal& proposal) {
  std::string out;
  if (proposal.is_of_changes)
    out +=
        "# Debezium's changes of rows: what a row was is subtracted, what it is now counts. `before` has to be whole:\n"
        "# in PostgreSQL REPLICA IDENTITY FULL.\nchanges: debezium\n\n";
  out += fmt::format("# Where things stand in a {}: docs/fields.md.\norder:\n",
                     proposal.is_of_changes ? "row" : "message");
  out += line_of("id", proposal.id) + line_of("client", proposal.client) + line_of("time", proposal.time);
  out += line_of("currency", proposal.currency) + total_text(proposal);
  out += with_comment("  items: " + yaml_items(proposal.items), proposal.items_comment);
  if (proposal.quantity_map) {
    out += with_comment("  product: .", "each element is itself the product's name");
    return out + with_comment("  quantity: {map: " + yaml_place(*proposal.quantity_map) + "}", "product to number");
  }
  return out + line_of("product", proposal.product) + line_of("quantity", proposal.quantity) +
         line_of("price", proposal.price) + line_of("amount", proposal.amount);
}

std::string fields_text(const Proposal& proposal) {
  if (proposal.fields.empty()) return {};
  std::string out = "\n# For `by` of a table, and for conditions; one that nothing uses is not looked at.\nfields:\n";
  for (const auto& [name, place] : proposal.fields)
    out += with_comment(fmt::format("  {}: {}", name, value_text(place, place.is_of_item ? "item" : "order")),
                        place.comment);
  return out;
}

std::string conditions_text(const Proposal& proposal) {
  std::string out;
  if (!proposal.where.empty()) out += "\nwhere: " + yaml_text(proposal.where) + '\n';
  if (!proposal.suggestions.empty()) out += "\n# Which orders and line items count, if not all:\n";
  for (const std::string& line : proposal.suggestions) out += "# " + comment_text(line) + '\n';
  if (proposal.allow_returns) out += '\n' + with_comment("allow_returns: true", proposal.returns_comment);
  if (proposal.id && !proposal.is_of_changes)
    out +=
        "\n# If the same order comes again, as when it is updated, it counts once with:\n"
        "# deduplicate: {by: id, window: 100000}\n";
  if (proposal.has_days)
    out += "\n# Whose clock days go by, and times that name no zone (default: UTC):\n# timezone: America/Sao_Paulo\n";
  return out;
}

// A table by `first`, and by currency where revenue has one.
std::string table_text(const char* name, const std::string& first, const Proposal& proposal) {
  const bool by_currency = proposal.currency && proposal.has_revenue();
  const std::string currency = by_currency ? ", currency" : "";
  const std::string columns =
      fmt::format("{0}: {0}{1}{2}, units: units, orders: orders", first, by_currency ? ", currency: currency" : "",
                  proposal.has_revenue() ? ", revenue: revenue" : "");
  return fmt::format("  {}:\n    by: [{}{}]\n    columns: {{{}}}\n", name, first, currency, columns);
}

std::string totals_text(const Proposal& proposal) {
  std::string out = "\ntotals:\n" + table_text("sales", "product", proposal);
  if (proposal.has_days) out += table_text("days", "day", proposal);
  return out;
}

}  // namespace

std::string pipeline_name(std::string_view of) {
  of = of.substr(of.find_last_of('/') + 1);  // npos + 1 is 0
  of = of.substr(0, std::max<std::size_t>(of.find('.'), 1));
  std::string name;
  for (const char c : of.substr(0, kMaxPipelineBytes)) {
    const bool is_good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    name += is_good ? c : '_';
  }
  return name.find_first_not_of("_-") == std::string::npos ? "orders" : name;
}

SampleSource file_source(const std::string& path) {
  const bool is_input = path == "-";
  return {.name = is_input ? "orders" : pipeline_name(path),
          .shown = is_input ? "standard input" : path,
          .yaml = "  file: " + yaml_text(path) + (is_input ? "                             # standard input\n" : "\n")};
}

SampleSource topic_source(const std::string& topic, const std::string& servers) {
  return {.name = pipeline_name(topic),
          .shown = "topic " + topic,
          .yaml = "  kafka:\n    topic: " + yaml_text(topic) + "\n    bootstrap.servers: " + servers + "\n"};
}

std::string pipeline_text(const Proposal& proposal, const SampleSource& source, std::size_t messages) {
  return fmt::format(
             "# A proposal by `salestream init --from-sample`, from {} message{} of {}:\n"
             "# correct what it has wrong. docs/pipeline-file.md explains every key.\n"
             "pipeline: {}\n\nsource:\n{}\n",
             messages, messages == 1 ? "" : "s", comment_text(source.shown), yaml_text(source.name), source.yaml) +
         order_text(proposal) + fields_text(proposal) + conditions_text(proposal) + totals_text(proposal) +
         fmt::format("\nstore:\n  sqlite: {}\n", yaml_text(source.name + ".db"));
}

}  // namespace salestream::sample
