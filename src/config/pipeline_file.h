// SPDX-License-Identifier: Apache-2.0
// The pipeline file: YAML in, checked values out. Every error names file, line, column, and what was expected there.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/definition.h"
#include "engine/limits.h"
#include "source/options.h"
#include "store/options.h"

namespace salestream::config {

// What made-up orders are about: those of `salestream produce`, and of the generator.
struct ProduceOptions {
  std::string catalogue;      // of generate/profile.h; empty: chosen there
  std::int64_t products = 0;  // 0: those of the catalogue
};

struct PipelineFile {
  core::Definition definition;
  source::Options source;
  store::Options store;
  engine::Limits limits;
  ProduceOptions produce;
  std::optional<source::KafkaOptions> reject_topic;  // the dead-letter topic
};

// The value of an environment variable, or nothing when it isn't set.
using Environment = std::function<std::optional<std::string>(std::string_view name)>;
Environment process_environment();

// What to do with properties by which a pipeline file runs code, such as the path of a plugin for librdkafka.
enum class Code : std::uint8_t { kRefused, kAllowed };

// `${VAR}` and `${VAR:-default}` are replaced in every scalar; `$$` is a dollar sign.
base::Result<PipelineFile> load_pipeline_file(const std::string& path, const Environment& environment,
                                              Code code = Code::kRefused);
base::Result<PipelineFile> parse_pipeline_file(std::string_view text, const std::string& path,
                                               const Environment& environment, Code code = Code::kRefused);

// A file of orders as this definition has to read it: in one partition where orders are deduplicated, since a file's
// blocks are partitions otherwise, and two copies of an order could fall into two of them.
source::FileOptions file_source(std::string path, const core::Definition& definition);

// `--store sqlite:FILE` or `--store cassandra:HOST:PORT/KEYSPACE`, in place of what the pipeline file says. The latter
// names a place only: user, TLS, consistency and the like stay those of `of_file`, where that is Cassandra too.
base::Result<store::Options> parse_store_option(std::string_view text, const store::Options& of_file = {});

}  // namespace salestream::config
