// SPDX-License-Identifier: Apache-2.0
// The headers of a message by their names. Any thread, for a message of its own.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/handles.h"

namespace salestream::kafka {

// Into `out`, for each name: of headers of one name the value of the last, as Kafka's own Headers.lastHeader has it.
// Nothing: there is none, or a null one. Good as long as the message.
void read_headers(const rd_kafka_message_t& message, const std::vector<std::string>& names,
                  std::vector<std::optional<std::string_view>>& out);

}  // namespace salestream::kafka
