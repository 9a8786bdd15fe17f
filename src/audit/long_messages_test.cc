// SPDX-License-Identifier: Apache-2.0
#include "audit/long_messages.h"

#include <gtest/gtest.h>

#include <atomic>
#include <optional>
#include <thread>
#include <vector>

namespace salestream::audit {
namespace {

TEST(LongMessages, AreReadAtOnceUpToTheLimit) {
  LongMessages all;
  const LongMessages::Turn one(all, LongMessages::kMostBytes / 2);
  const LongMessages::Turn other(all, LongMessages::kMostBytes / 2);  // does not wait
}

TEST(LongMessages, OneThatIsLongerHasItsTurnAlone) {
  LongMessages all;
  std::atomic<std::size_t> bytes{0}, most{0};
  std::vector<std::thread> workers;
  for (const std::size_t size : {LongMessages::kMostBytes / 2, LongMessages::kMostBytes * 4, std::size_t{100'000}})
    workers.emplace_back([&, size] {
      for (int i = 0; i < 200; ++i) {
        const LongMessages::Turn turn(all, size);
        const std::size_t now = bytes += size;
        for (std::size_t before = most; before < now && !most.compare_exchange_weak(before, now);) {}
        std::this_thread::yield();
        bytes -= size;
      }
    });
  for (std::thread& worker : workers) worker.join();
  EXPECT_EQ(most, LongMessages::kMostBytes * 4);
}

}  // namespace
}  // namespace salestream::audit
