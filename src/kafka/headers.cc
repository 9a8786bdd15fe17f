// SPDX-License-Identifier: Apache-2.0
#include "kafka/headers.h"

namespace salestream::kafka {

void read_headers(const rd_kafka_message_t& message, const std::vector<std::string>& names,
                  std::vector<std::optional<std::string_view>>& out) {
  out.assign(names.size(), std::nullopt);
  rd_kafka_headers_t* headers = nullptr;
  if (names.empty() || rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  for (std::size_t i = 0; i < names.size(); ++i) {
    const void* value = nullptr;
    std::size_t size = 0;
    if (rd_kafka_header_get_last(headers, names[i].c_str(), &value, &size) != RD_KAFKA_RESP_ERR_NO_ERROR) continue;
    if (value != nullptr) out[i] = std::string_view(static_cast<const char*>(value), size);
  }
}

}  // namespace salestream::kafka
