// SPDX-License-Identifier: Apache-2.0
// The generator's messages, made once more: they are the source, so there is no other way to read it.
#include <algorithm>
#include <limits>
#include <utility>
#include <vector>

#include "audit/reader.h"
#include "generate/message_generator.h"
#include "generate/profile.h"

namespace salestream::audit {
namespace {

class GeneratorReader final : public Reader {
 public:
  GeneratorReader(source::GeneratorOptions options, core::Definition definition)
      : options_(std::move(options)), definition_(std::move(definition)) {}

  base::Result<std::vector<PartitionRange>> ranges() override {
    const core::Offset end =
        options_.orders_per_partition > 0 ? options_.orders_per_partition : std::numeric_limits<core::Offset>::max();
    std::vector<PartitionRange> ranges;
    for (int p = 0; p < options_.partitions; ++p) ranges.push_back({p, 0, end});
    return ranges;
  }

  base::Result<core::Offset> read(core::PartitionId partition, core::Offset begin, core::Offset end,
                                  const OnMessage& on_message) override {
    SALESTREAM_ASSIGN(const auto profile,
                      generate::choose_profile(options_.catalogue, definition_.keep_products, options_.products));
    SALESTREAM_ASSIGN(auto generator, generate::MessageGenerator::create(definition_, profile, {}, options_.seed));
    if (options_.orders_per_partition > 0) end = std::min<core::Offset>(end, options_.orders_per_partition);
    std::vector<char> scratch(generator.max_message_bytes());
    for (core::Offset offset = begin; offset < end; ++offset) {
      const auto written = generator.write(partition, offset, scratch.data());
      SALESTREAM_TRY(on_message({offset, -1, {scratch.data(), written.size}}));
    }
    return end;
  }

 private:
  const source::GeneratorOptions options_;
  const core::Definition definition_;
};

}  // namespace

std::unique_ptr<Reader> make_generator_reader(const source::GeneratorOptions& options,
                                              const core::Definition& definition) {
  return std::make_unique<GeneratorReader>(options, definition);
}

}  // namespace salestream::audit
