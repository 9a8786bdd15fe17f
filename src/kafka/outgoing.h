// SPDX-License-Identifier: Apache-2.0
// A message to be sent to Kafka: views only, which a producer copies before its call returns. A value.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace salestream::kafka {

struct Header {
  std::string name;
  std::string value;
};

struct OutgoingMessage {
  static constexpr std::int32_t kAnyPartition = -1;  // the key decides; without one it is any

  std::optional<std::string_view> key;
  std::optional<std::string_view> payload;  // nothing: a null message, a tombstone
  std::span<const Header> headers;
  std::int32_t partition = kAnyPartition;
};

}  // namespace salestream::kafka
