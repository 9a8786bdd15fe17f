// SPDX-License-Identifier: Apache-2.0
#include "config/pipeline_file.h"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cmath>
#include <cstdio>
#include <cstring>
#include <exception>
#include <memory>
#include <utility>

#include "base/logging.h"
#include "calendar/windows.h"
#include "config/sections.h"
#include "config/yaml_reader.h"
#include "config/yaml_tree.h"
#include "core/key_fields.h"
#include "core/order.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxPipelineNameBytes = 100;

base::Result<std::string> read_name(const YamlValue& value) {
  SALESTREAM_ASSIGN(std::string name, value.text("a name such as ecommerce_sales"));
  const bool good =
      name.size() <= kMaxPipelineNameBytes && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
      });
  if (!good)
    return value.error("is " + value.shown() + "; a name has letters without accents, digits, '_' and '-', at most " +
                       std::to_string(kMaxPipelineNameBytes));
  return name;
}

// Sorted: in which order they stand decides nothing, so it must not make another definition either.
base::Result<std::vector<std::string>> read_keep(const YamlValue& keep) {
  SALESTREAM_ASSIGN(const YamlMap map, keep.map("keep"));
  std::vector<std::string> products;
  const auto value = map.find("product");
  if (!value)
    return keep.error("has nothing in it; write a list of products, keep: {product: [Laptop]}, or leave it out");
  SALESTREAM_ASSIGN(const auto names, value->list());
  std::vector<std::pair<std::string, std::size_t>> sorted;
  for (std::size_t i = 0; i < names.size(); ++i) {
    SALESTREAM_ASSIGN(std::string name, names[i].text("the name of a product"));
    if (name.size() > core::kMaxKeyBytes)
      return names[i].error("has a name of more than " + std::to_string(core::kMaxKeyBytes) + " bytes");
    sorted.emplace_back(std::move(name), i);
  }
  std::ranges::sort(sorted);
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    if (i > 0 && sorted[i].first == sorted[i - 1].first) {
      const YamlValue& second = names[sorted[i].second];
      return second.error("has " + second.shown() + " twice");
    }
    products.push_back(sorted[i].first);
  }
  return products;
}

base::Result<core::WrongTotal> read_wrong_total(const YamlValue& value, const core::OrderMapping& order) {
  SALESTREAM_ASSIGN(const std::string text, value.text("count or reject"));
  if (text == "count") return core::WrongTotal::kCount;
  if (text != "reject") return value.error("is " + value.shown() + "; count or reject belongs here");
  // Without both there is nothing to compare: nothing would ever be rejected.
  if (!order.total || !order.has_revenue())
    return value.error(
        "is reject, which compares the order's own total with its items; say in order.total and "
        "order.price or order.amount where they stand");
  return core::WrongTotal::kReject;
}

base::Result<core::Deduplicate> read_deduplicate(const YamlValue& value, const core::OrderMapping& order) {
  core::Deduplicate deduplicate;
  SALESTREAM_ASSIGN(const YamlMap map, value.map("deduplicate"));
  if (!order.id) return value.error("needs the order's number; say in order.id where it stands in a message");
  if (order.id->may_be_null) return value.error("needs the order's number, and order.id may be NULL");
  if (const auto by = map.find("by")) {
    SALESTREAM_ASSIGN(const std::string text, by->text("id"));
    if (text != "id") return by->error("is " + by->shown() + "; id belongs here");
  }
  if (const auto window = map.find("window")) {
    SALESTREAM_ASSIGN(const std::uint64_t messages, window->integer(1, core::kMaxWindowMessages));
    deduplicate.window_messages = static_cast<std::int64_t>(messages);
  }
  return deduplicate;
}

base::Result<ProduceOptions> read_produce(const YamlValue& value) {
  ProduceOptions produce;
  SALESTREAM_ASSIGN(const YamlMap map, value.map("produce"));
  if (const auto catalogue = map.find("catalogue")) {
    SALESTREAM_ASSIGN(produce.catalogue, catalogue->text("english or portuguese"));
    if (produce.catalogue != "english" && produce.catalogue != "portuguese")
      return catalogue->error("is " + catalogue->shown() + "; english or portuguese belongs here");
  }
  if (const auto products = map.find("products")) {
    SALESTREAM_ASSIGN(produce.products, products->integer(0, 100'000'000));
  }
  return produce;
}

base::Result<core::Changes> read_changes(const YamlValue& value) {
  SALESTREAM_ASSIGN(const std::string name, value.text("append or debezium"));
  const auto changes = core::changes_of(name);
  if (!changes) return value.error("is " + value.shown() + "; append or debezium belongs here");
  return *changes;
}

base::Status read_fields_and_conditions(const YamlMap& top, core::Definition& definition) {
  if (const auto fields = top.find("fields")) {
    SALESTREAM_ASSIGN(definition.fields, read_fields(*fields));
  }
  if (const auto changes = top.find("changes")) {
    SALESTREAM_ASSIGN(definition.changes, read_changes(*changes));
  }
  if (const auto where = top.find("where")) {
    SALESTREAM_ASSIGN(definition.where, read_condition(*where, definition, core::fields_of_where(definition)));
  }
  if (const auto where = top.find("items_where")) {
    SALESTREAM_ASSIGN(definition.items_where,
                      read_condition(*where, definition, core::fields_of_items_where(definition)));
  }
  if (const auto sign = top.find("sign")) {
    SALESTREAM_ASSIGN(definition.sign, read_sign(*sign, definition));
  }
  return check_fields(top, definition);
}

base::Status check_headers(const YamlValue& value, const core::Definition& definition, source::Options& source) {
  const std::vector<std::string> headers = definition.headers();
  if (auto* kafka = std::get_if<source::KafkaOptions>(&source)) {
    kafka->headers = headers;
    kafka->needs_each_message = definition.changes != core::Changes::kAppend;
  } else if (!headers.empty()) {
    return value.error("has no headers, and a field is Kafka's header '" + base::printable(headers.front(), 60) + "'");
  }
  return {};
}

base::Result<PipelineFile> read_pipeline(YamlFile& file, Code code) {
  PipelineFile out;
  core::Definition& definition = out.definition;
  SALESTREAM_ASSIGN(const YamlMap top, file.top());

  SALESTREAM_ASSIGN(const YamlValue name, top.require("pipeline"));
  SALESTREAM_ASSIGN(definition.pipeline, read_name(name));
  SALESTREAM_ASSIGN(const YamlValue source, top.require("source"));
  SALESTREAM_ASSIGN(out.source, read_source(source, code));
  SALESTREAM_ASSIGN(const YamlValue order, top.require("order"));
  SALESTREAM_ASSIGN(definition.order, read_order(order));
  SALESTREAM_TRY(read_fields_and_conditions(top, definition));
  SALESTREAM_TRY(check_headers(source, definition, out.source));
  if (const auto keep = top.find("keep")) {
    SALESTREAM_ASSIGN(definition.keep_products, read_keep(*keep));
  }
  if (const auto returns = top.find("allow_returns")) {
    SALESTREAM_ASSIGN(definition.allow_returns, returns->boolean());
  }
  if (const auto wrong_total = top.find("wrong_total")) {
    SALESTREAM_ASSIGN(definition.wrong_total, read_wrong_total(*wrong_total, definition.order));
  }
  if (const auto deduplicate = top.find("deduplicate"); deduplicate && !deduplicate->is_null()) {
    if (definition.changes != core::Changes::kAppend)
      return deduplicate->error("goes with `changes: append` only: each change of an order has its id, and counts");
    SALESTREAM_ASSIGN(definition.deduplicate, read_deduplicate(*deduplicate, definition.order));
    if (auto* input = std::get_if<source::FileOptions>(&out.source)) *input = file_source(input->path, definition);
  }
  if (const auto timezone = top.find("timezone")) {
    SALESTREAM_ASSIGN(definition.timezone, timezone->text("the name of a time zone, such as America/Sao_Paulo"));
    if (const auto zone = calendar::Windows::create(definition.timezone); !zone.ok())
      return timezone->error("is a time zone that is not known: " + zone.error().message);
  }
  SALESTREAM_ASSIGN(const YamlValue totals, top.require("totals"));
  SALESTREAM_ASSIGN(definition.totals, read_totals(totals, definition));
  SALESTREAM_ASSIGN(const YamlValue store, top.require("store"));
  SALESTREAM_ASSIGN(out.store, read_store(store));
  if (const auto limits = top.find("limits"); limits && !limits->is_null()) {
    SALESTREAM_ASSIGN(const LimitsSection read, read_limits(*limits, {out.limits, definition.max_message_bytes}));
    out.limits = read.limits;
    definition.max_message_bytes = read.max_message_bytes;
  }
  if (const auto rejects = top.find("rejects"); rejects && !rejects->is_null()) {
    SALESTREAM_ASSIGN(out.reject_topic, read_reject_topic(*rejects, out.source, code));
  }
  if (const auto limit = top.find("stop_when_rejects")) {
    SALESTREAM_ASSIGN(out.limits.reject_limit, read_reject_limit(*limit));
  }
  if (const auto produce = top.find("produce"); produce && !produce->is_null()) {
    SALESTREAM_ASSIGN(out.produce, read_produce(*produce));
  }
  if (auto* generator = std::get_if<source::GeneratorOptions>(&out.source)) {
    generator->catalogue = out.produce.catalogue;
    generator->products = out.produce.products;
  }
  return out;
}

}  // namespace

base::Result<engine::RejectLimit> read_reject_limit(const YamlValue& value) {
  constexpr int kMostMessages = 100'000;  // each takes a byte of memory a partition
  SALESTREAM_ASSIGN(const std::string text, value.text("a share and a number of messages, such as 5%/1000,"));
  const auto wrong = [&] {
    return value.error("is " + value.shown() +
                       "; a share of the last messages belongs here, such as 5%/1000: more than 5 % "
                       "of 1000 (from 0 to less than 100 %, of 1 to " +
                       std::to_string(kMostMessages) + " messages)");
  };
  const std::size_t percent_at = text.find("%/");
  if (percent_at == std::string::npos) return wrong();
  double percent = 0;
  int messages = 0;
  const auto [percent_end, percent_failed] = std::from_chars(text.data(), text.data() + percent_at, percent);
  const char* const end = text.data() + text.size();
  const auto [messages_end, messages_failed] = std::from_chars(text.data() + percent_at + 2, end, messages);
  if (percent_failed != std::errc() || percent_end != text.data() + percent_at || messages_failed != std::errc() ||
      messages_end != end || !(percent >= 0 && percent < 100) || messages < 1 || messages > kMostMessages)
    return wrong();
  engine::RejectLimit limit{messages, 0, text};
  limit.most_rejects = static_cast<int>(std::floor(percent * messages / 100 + 1e-9));
  return limit;
}

base::Result<LimitsSection> read_limits(const YamlValue& value, LimitsSection section) {
  constexpr std::int64_t kKiB = 1 << 10, kMiB = 1 << 20, kGiB = 1 << 30;
  SALESTREAM_ASSIGN(const YamlMap map, value.map("limits"));
  if (const auto workers = map.find("workers")) {
    SALESTREAM_ASSIGN(section.limits.workers, workers->integer(1, 256));
  }
  if (const auto cells = map.find("cells_in_memory")) {
    SALESTREAM_ASSIGN(section.limits.cells_in_memory_bytes, cells->size_bytes(kMiB, 1024 * kGiB));
  }
  if (const auto rejects = map.find("rejects_in_memory")) {
    SALESTREAM_ASSIGN(section.limits.rejects_in_memory_bytes, rejects->size_bytes(64 * kKiB, 64 * kGiB));
  }
  if (const auto rows = map.find("rows_in_memory")) {
    SALESTREAM_ASSIGN(section.limits.rows_in_memory_bytes, rows->size_bytes(64 * kKiB, 64 * kGiB));
  }
  if (const auto interval = map.find("flush_interval_ms")) {
    SALESTREAM_ASSIGN(section.limits.flush_interval_ms, interval->integer(1, 60'000));
  }
  if (const auto message = map.find("max_message_bytes")) {
    SALESTREAM_ASSIGN(section.max_message_bytes, message->size_bytes(kKiB, 64 * kMiB));
  }
  return section;
}

base::Result<PipelineFile> parse_pipeline_file(std::string_view text, const std::string& path,
                                               const Environment& environment, Code code) {
  try {
    SALESTREAM_ASSIGN(YamlTree tree, parse_yaml(text, path));
    YamlFile file(std::move(tree), environment);
    return read_pipeline(file, code);
  } catch (const std::exception&) {
    // Memory at its end, or an Environment that throws: its text is not known to be free of secrets.
    return error_at(path, {}, "could not be read: out of memory?");
  }
}

base::Result<PipelineFile> load_pipeline_file(const std::string& path, const Environment& environment, Code code) {
  const std::string shown = base::printable(path, 4096);
  const auto cannot = [&](const char* what) {
    return base::usage_error("cannot " + std::string(what) + " the pipeline file " + shown + ": " +
                             std::strerror(errno));
  };
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file(std::fopen(path.c_str(), "rb"), std::fclose);
  if (!file) return cannot("open");
  // One byte more than is allowed tells a file that is too large from one that just fits.
  std::string text(kMaxFileBytes + 1, '\0');
  text.resize(std::fread(text.data(), 1, text.size(), file.get()));
  if (std::ferror(file.get()) != 0) return cannot("read");  // a directory, for one
  return parse_pipeline_file(text, path, environment, code);
}

source::FileOptions file_source(std::string path, const core::Definition& definition) {
  source::FileOptions options{std::move(path)};
  if (definition.deduplicate) options.partitions = 1;
  return options;
}

}  // namespace salestream::config
