// SPDX-License-Identifier: Apache-2.0
#include "kafka/properties.h"

#include "kafka/client.h"

namespace salestream::kafka {

PropertyStatus check_property(const std::string& name, const std::string& value) {
  const Configuration configuration(rd_kafka_conf_new());
  return set_property(configuration.get(), name, value);
}

std::string library_version() { return std::string("librdkafka ") + rd_kafka_version_str(); }

}  // namespace salestream::kafka
