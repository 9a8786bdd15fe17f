// SPDX-License-Identifier: Apache-2.0
#include "spark/statement.h"

namespace salestream::spark {

base::Status check_expressible(const core::Definition& definition) {
  if (definition.deduplicate)
    return base::usage_error("deduplicate cannot run on Spark: an order is left out when its id stands among the last " +
                             std::to_string(definition.deduplicate->window_messages) +
                             " messages of its partition, and Spark SQL has no window of a partition's messages; "
                             "`salestream run` counts such a pipeline");
  return {};
}

base::Result<Statement> compile(const core::Definition& definition) {
  SALESTREAM_TRY(check_expressible(definition));
  return base::failure("not written yet");
}

base::Result<std::map<std::string, std::string>> kafka_options(const source::KafkaOptions& kafka) {
  return std::map<std::string, std::string>{{"subscribe", kafka.topic}};
}

}  // namespace salestream::spark
