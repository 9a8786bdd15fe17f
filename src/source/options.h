// SPDX-License-Identifier: Apache-2.0
// What a pipeline file can say of a source. Values; functions for any thread, which never fail.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <variant>
#include <vector>

namespace salestream::source {

struct KafkaOptions {
  std::string topic;
  std::map<std::string, std::string> properties;  // librdkafka's own, as they stand in the pipeline file
  std::vector<std::string> headers = {};          // that are read with each message: Definition::headers
  bool needs_each_message = false;                // a compacted topic is worth a warning
  int create_partitions = 1;                      // used by `init` only, when the topic is not there yet
  int create_replication_factor = 1;
};

struct FileOptions {
  std::string path;    // "-": standard input
  bool follow = true;  // the file may grow: a last line without its line end is not whole yet
  int partitions = 4;  // workers that may share it; one, where what is counted depends on the lines before
};

struct GeneratorOptions {
  std::uint64_t seed = 1;
  int partitions = 4;
  std::int64_t orders_per_partition = 0;  // 0: without end
  double orders_per_second = 0;           // over all partitions; 0: as fast as possible
  std::string catalogue;                  // of generate/profile.h; empty: chosen there
  std::int64_t products = 0;              // different ones; 0: those of the catalogue
};

using Options = std::variant<KafkaOptions, FileOptions, GeneratorOptions>;

// Whether it is standard input, a pipe or the like, which can be read once. A file that is not there is none.
bool is_stream(const FileOptions& options);
// Whether the source can be asked for its end: a stream's is not known before it is there.
bool has_end(const Options& options);
// A file's path, for people.
std::string shown_path(const std::string& path);

}  // namespace salestream::source
