// SPDX-License-Identifier: Apache-2.0
// An evaluation takes nothing of the allocator, counted by this test program's own operator new.
#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <new>

#include "expression/evaluator.h"
#include "expression/parser.h"
#include "expression/test_cases.h"

namespace {

std::atomic<std::int64_t> allocations{0};

}  // namespace

// Not inlined, where the compiler would see malloc() and free() and warn that they are no pair of these.
[[gnu::noinline]] void* operator new(std::size_t size) {
  void* const memory = std::malloc(size);
  if (memory == nullptr) throw std::bad_alloc();
  ++allocations;
  return memory;
}
[[gnu::noinline]] void operator delete(void* memory) noexcept { std::free(memory); }
[[gnu::noinline]] void operator delete(void* memory, std::size_t) noexcept { operator delete(memory); }

namespace salestream::expression {
namespace {

std::int64_t allocations_of(Evaluator& evaluator) {
  core::Value value;
  const std::int64_t before = allocations;
  evaluator.evaluate(test_row(), value);
  return allocations - before;
}

TEST(Evaluation, AllocatesNothing) {
  for (const TestCase& each : test_cases()) {
    Evaluator evaluator(parse(each.expression, test_fields(), each.type).tree);
    // LOWER and UPPER have a buffer, from the first time on.
    const std::int64_t first = allocations_of(evaluator);
    const bool has_buffer =
        each.expression.find("LOWER") != std::string::npos || each.expression.find("UPPER") != std::string::npos;
    EXPECT_TRUE(has_buffer || first == 0) << each.expression;
    EXPECT_EQ(allocations_of(evaluator), 0) << each.expression;
  }
}

}  // namespace
}  // namespace salestream::expression
