// SPDX-License-Identifier: Apache-2.0
// The source read once more, by the plainest way there is: Kafka partition by partition without a consumer group, a
// file line by line, the generator from its seed. Nothing is written anywhere, not even an offset. Thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "core/message.h"
#include "source/options.h"

namespace salestream::audit {

struct SourceMessage {
  core::Offset offset = 0;
  std::int64_t timestamp_ms = -1;  // -1: it has none
  std::string_view bytes;
  std::string_view key;
  std::span<const std::optional<std::string_view>> headers;  // of core::Definition::headers; empty: it has none
  bool is_null = false;
  bool is_cut = false;  // of a line without end, only the beginning
};

// What of a partition exists: offsets [begin, end).
struct PartitionRange {
  core::PartitionId partition = 0;
  core::Offset begin = 0;
  core::Offset end = 0;
};

class Reader {
 public:
  using OnMessage = std::function<base::Status(const SourceMessage&)>;

  virtual ~Reader() = default;

  // By partition.
  virtual base::Result<std::vector<PartitionRange>> ranges() = 0;

  // So many partitions will be read at once: what is fetched ahead has one limit for all of them.
  virtual void expect_readers(std::size_t) {}

  // All messages at offsets [begin, end), in order. Returns where the reading ended: `end`, or before it where the
  // source ends before it. An error of `on_message` ends it.
  virtual base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                          const OnMessage& on_message) = 0;

  // Whether messages may vanish from the middle of a partition: a topic with cleanup.policy=compact.
  virtual base::Result<bool> is_compacted() { return false; }
};

// An error for a source that can be read only once.
base::Result<std::unique_ptr<Reader>> make_reader(const source::Options& options, const core::Definition& definition);

// One for each kind.
std::unique_ptr<Reader> make_file_reader(const source::FileOptions& options);
std::unique_ptr<Reader> make_generator_reader(const source::GeneratorOptions& options,
                                              const core::Definition& definition);
base::Result<std::unique_ptr<Reader>> make_kafka_reader(const source::KafkaOptions& options);

}  // namespace salestream::audit
