// SPDX-License-Identifier: Apache-2.0
// How many bytes an audit takes of the allocator at most, whatever messages come, counted by this test program's own
// operator new.
#include <gtest/gtest.h>
#include <malloc.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>
#include <string>

#include "audit/audit.h"
#include "audit/plain_decoder.h"
#include "audit/reject_records.h"
#include "audit/test_audit.h"

namespace {

std::atomic<std::int64_t> live_bytes{0}, most_live_bytes{0};

void note_live(std::int64_t more) {
  const std::int64_t now = live_bytes += more;
  for (std::int64_t before = most_live_bytes; before < now && !most_live_bytes.compare_exchange_weak(before, now);) {}
}

}  // namespace

// Not inlined, where the compiler would see malloc() and free() and warn that they are no pair of these.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  note_live(static_cast<std::int64_t>(::malloc_usable_size(memory)));
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept {
  note_live(-static_cast<std::int64_t>(::malloc_usable_size(memory)));
  std::free(memory);
}
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace salestream::audit {
namespace {

using namespace fixture;

// What is taken from here on, at most.
class MostBytes {
 public:
  MostBytes() : before_(live_bytes) { most_live_bytes = before_; }
  std::int64_t taken() const { return most_live_bytes - before_; }

 private:
  const std::int64_t before_;
};

std::string many_values(std::size_t bytes) {
  std::string text = R"({"items": [], "x": [0)";
  while (text.size() + 4 < bytes) text += ",0";
  return text + "]}";
}

std::int64_t most_bytes_of_audit(const core::Definition& of, MemoryReader& reader, int workers) {
  MovingStore store;
  Content& content = store.moments.emplace_back();
  for (const auto& [partition, messages] : reader.messages)
    content.progress.push_back(progress_of(reader, partition, static_cast<core::Offset>(messages.size())));
  Options options;
  options.workers = workers;
  const MostBytes most;
  const auto report = audit(of, reader, store, options);
  EXPECT_TRUE(report.ok());
  return most.taken();
}

// A million values of 24 bytes take 24 MB: once, however many workers have one.
TEST(AuditMemory, OfLongMessagesIsSharedByAllWorkers) {
  MemoryReader reader;
  for (core::PartitionId partition = 0; partition < 4; ++partition)
    for (int i = 0; i < 2; ++i) reader.messages[partition].push_back(many_values(2'000'000));
  EXPECT_LT(most_bytes_of_audit(definition(), reader, 4), 40'000'000);
}

TEST(AuditMemory, OfALongMessageIsGivenBack) {
  const core::Definition of = definition();
  const std::string text = many_values(3'000'000);
  PlainDecoder decoder(of);
  PlainOrder order;
  const std::int64_t before = live_bytes;
  EXPECT_EQ(decoder.read({text}, order), std::nullopt);
  EXPECT_GT(live_bytes - before, 30'000'000);
  decoder.give_back_memory(order);
  EXPECT_LT(live_bytes - before, 1'000'000);
}

// The ids of `deduplicate`, the windows of 16 partitions one after the other.
TEST(AuditMemory, OfAPartitionThatWasReadIsGivenBack) {
  core::Definition of = definition();
  of.order.id = core::FieldPath{{"id"}};
  of.deduplicate = core::Deduplicate{.window_messages = 1000};
  MemoryReader reader;
  for (core::PartitionId partition = 0; partition < 16; ++partition)
    for (int i = 0; i < 1000; ++i) {
      std::string order = order_of("Mouse", 1);
      order.insert(1, "\"id\": \"" + std::to_string(i) + std::string(10'000, 'x') + "\", ");
      reader.messages[partition].push_back(std::move(order));
    }
  // Whole, the ids of one window would be 20 MB.
  EXPECT_LT(most_bytes_of_audit(of, reader, 1), 2'000'000);
}

TEST(AuditMemory, OfRejectedMessagesHasItsLimitAlsoWhileItGrows) {
  constexpr std::size_t kLimit = 1 << 20;
  const MostBytes most;
  RejectRecords records(kLimit);
  for (core::Offset offset = 0; offset < 50'000; ++offset) {
    RejectRecord record;
    record.offset = offset;
    ASSERT_TRUE(records.add(record).ok());
  }
  EXPECT_LT(most.taken(), static_cast<std::int64_t>(kLimit) + 100'000);
}

// A million items, of which each is four bytes of the message, and would be 48 of memory.
TEST(AuditMemory, OfLineItemsBeyondThoseThatAnOrderMayHaveIsNotTaken) {
  core::Definition of = definition();
  of.order.product = {};
  of.order.quantity = core::FieldPath{{"quantities"}};
  of.order.quantity_is_map = true;
  std::string text = R"({"quantities": {"a": 1}, "items": [)";
  for (int i = 0; i < 1'000'000; ++i) text += i == 0 ? "\"a\"" : ",\"a\"";
  PlainDecoder decoder(of);
  PlainOrder order;
  const MostBytes most;
  EXPECT_EQ(decoder.read({text + "]}"}, order), core::RejectReason::kKeysTooLarge);
  EXPECT_LT(most.taken(), 65'000'000);
  // A fault behind them is the reason still.
  EXPECT_EQ(decoder.read({text + ", true]}"}, order), core::RejectReason::kWrongType);
}

}  // namespace
}  // namespace salestream::audit
