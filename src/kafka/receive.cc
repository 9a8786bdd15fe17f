// SPDX-License-Identifier: Apache-2.0
#include "kafka/receive.h"

#include <array>
#include <vector>

#include "base/check.h"

namespace salestream::kafka {

std::size_t receive(rd_kafka_queue_t* queue, std::size_t most, int wait_ms, ReceivedMessages<MessageHandle>& into,
                    FetchWaker& waker) {
  std::array<rd_kafka_message_t*, kMostReceived> raw;
  SALESTREAM_CHECK(most <= raw.size());
  const ssize_t count = rd_kafka_consume_batch_queue(queue, wait_ms, raw.data(), most);
  if (count <= 0) return 0;
  const auto received = static_cast<std::size_t>(count);
  waker.received(received, into.received(std::vector<MessageHandle>(raw.data(), raw.data() + received)));
  return received;
}

}  // namespace salestream::kafka
