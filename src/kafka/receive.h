// SPDX-License-Identifier: Apache-2.0
// Takes messages out of a consumer's queue. Included by .cc files of adapters only. The thread that owns the queue.
#pragma once

#include <cstddef>

#include "kafka/fetch_waker.h"
#include "kafka/handles.h"
#include "kafka/received_messages.h"

namespace salestream::kafka {

inline constexpr std::size_t kMostReceived = 1000;  // messages at once

// Up to `most` of them, which is kMostReceived or less; how many came. librdkafka waits up to `wait_ms` until there are
// so many.
std::size_t receive(rd_kafka_queue_t* queue, std::size_t most, int wait_ms, ReceivedMessages<MessageHandle>& into,
                    FetchWaker& waker);

}  // namespace salestream::kafka
