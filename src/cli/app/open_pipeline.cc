// SPDX-License-Identifier: Apache-2.0
#include "cli/app/open_pipeline.h"

#include <fmt/format.h>

#include <filesystem>
#include <utility>

#include "base/logging.h"
#include "cli/terminal/text.h"
#include "rejects/kafka_reject_topic.h"
#include "source/file.h"
#include "source/generator.h"
#include "source/kafka.h"
#include "store_cassandra/cassandra.h"
#include "store_sqlite/sqlite.h"

namespace salestream::cli {
namespace {

// Where nothing else is asked for. Runs into two stores must not be one group: each store would get a part of the
// messages. Contact points may differ from machine to machine, and a relative path says something else in each folder.
std::string consumer_group(const core::Definition& definition, const store::Options& store) {
  const std::string name = "salestream-" + definition.pipeline;
  if (const auto* cassandra = std::get_if<store::CassandraOptions>(&store))
    return name + "-cassandra-" + cassandra->keyspace;
  std::error_code failed;
  const std::string& file = std::get<store::SqliteOptions>(store).file;
  const std::filesystem::path path = std::filesystem::weakly_canonical(std::filesystem::absolute(file, failed), failed);
  return fmt::format("{}-sqlite-{:08x}", name,
                     static_cast<std::uint32_t>(core::checksum(failed ? file : path.string())));
}

std::string source_identity(const config::PipelineFile& pipeline) {
  struct Namer {
    std::string operator()(const source::KafkaOptions& options) const { return source::kafka_identity(options); }
    std::string operator()(const source::FileOptions& options) const { return source::file_identity(options); }
    std::string operator()(const source::GeneratorOptions& options) const {
      return source::generator_identity(options);
    }
  };
  return std::visit(Namer{}, pipeline.source);
}

base::Result<std::unique_ptr<store::Store>> make_store(const config::PipelineFile& pipeline) {
  store::Identity identity{pipeline.definition, source_identity(pipeline)};
  if (const auto* cassandra = std::get_if<store::CassandraOptions>(&pipeline.store))
    return store::make_cassandra_store(*cassandra, std::move(identity));
  return store::make_sqlite_store(std::get<store::SqliteOptions>(pipeline.store), std::move(identity));
}

}  // namespace

base::Result<std::unique_ptr<source::Source>> make_source(const config::PipelineFile& pipeline) {
  struct Maker {
    const core::Definition& definition;
    const store::Options& store;
    base::Result<std::unique_ptr<source::Source>> operator()(source::KafkaOptions options) const {
      options.properties.try_emplace("group.id", consumer_group(definition, store));
      return source::make_kafka_source(options);
    }
    base::Result<std::unique_ptr<source::Source>> operator()(const source::FileOptions& options) const {
      return source::make_file_source(options, definition);
    }
    base::Result<std::unique_ptr<source::Source>> operator()(const source::GeneratorOptions& options) const {
      return source::make_generator_source(options, definition);
    }
  };
  return std::visit(Maker{pipeline.definition, pipeline.store}, pipeline.source);
}

engine::MakeRejectTopic reject_topic_maker(const OpenedPipeline& opened) {
  if (!opened.file.reject_topic) return {};
  return [options = *opened.file.reject_topic, pipeline = opened.file.definition.pipeline,
          source = opened.source->identity()] { return rejects::make_kafka_reject_topic(options, pipeline, source); };
}

base::Result<OpenedPipeline> open_pipeline(const PipelineArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments));
  return open_pipeline(std::move(file));
}

base::Result<OpenedPipeline> open_pipeline(config::PipelineFile file) {
  OpenedPipeline opened;
  opened.file = std::move(file);
  SALESTREAM_ASSIGN(opened.source, make_source(opened.file));
  SALESTREAM_ASSIGN(opened.store, make_store(opened.file));
  return opened;
}

base::Result<ShownPipeline> open_to_show(config::PipelineFile file) {
  ShownPipeline shown;
  shown.file = std::move(file);
  SALESTREAM_ASSIGN(shown.store, make_store(shown.file));
  SALESTREAM_ASSIGN(store::AsStored stored, shown.store->open_as_stored());
  shown.counted = std::move(stored.identity);
  shown.is_same_source = shown.counted.source == source_identity(shown.file);
  shown.difference = std::move(stored.difference);
  return shown;
}

void warn_of_difference(const ShownPipeline& shown) {
  if (!shown.difference.empty()) return base::log_warning(shown.difference);
  const auto* file = std::get_if<source::FileOptions>(&shown.file.source);
  std::error_code failed;
  if (file == nullptr || file->path == "-" || std::filesystem::exists(file->path, failed) || failed) return;
  base::log_warning(
      fmt::format("{}: shown as stored: the file that was counted is not there any more", for_terminal(file->path)));
}

}  // namespace salestream::cli
