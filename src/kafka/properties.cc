// SPDX-License-Identifier: Apache-2.0
#include "kafka/properties.h"

#include "kafka/handles.h"

namespace salestream::kafka {

PropertyStatus check_property(const std::string& name, const std::string& value) {
  const Configuration configuration(rd_kafka_conf_new());
  char text[512];
  switch (rd_kafka_conf_set(configuration.get(), name.c_str(), value.c_str(), text, sizeof text)) {
    case RD_KAFKA_CONF_OK: return PropertyStatus::kGood;
    case RD_KAFKA_CONF_UNKNOWN: return PropertyStatus::kUnknown;
    case RD_KAFKA_CONF_INVALID: break;
  }
  return PropertyStatus::kBadValue;
}

std::string library_version() { return std::string("librdkafka ") + rd_kafka_version_str(); }

}  // namespace salestream::kafka
