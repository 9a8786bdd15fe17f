// SPDX-License-Identifier: Apache-2.0
#include "audit/reader.h"

#include <fmt/format.h>

namespace salestream::audit {

base::Result<std::unique_ptr<Reader>> make_reader(const source::Options& options, const core::Definition& definition) {
  if (const auto* kafka = std::get_if<source::KafkaOptions>(&options)) return make_kafka_reader(*kafka);
  if (const auto* generator = std::get_if<source::GeneratorOptions>(&options))
    return make_generator_reader(*generator, definition);
  const auto& file = std::get<source::FileOptions>(options);
  if (source::is_stream(file))
    return base::failure(fmt::format(
        "{} can be read only once, and what was counted from it can't be read again: there is nothing to compare "
        "these totals with. Totals of a topic, a file or the generator can be audited",
        source::shown_path(file.path)));
  return make_file_reader(file);
}

}  // namespace salestream::audit
