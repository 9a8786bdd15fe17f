// SPDX-License-Identifier: Apache-2.0
#include "fiber.h"

#include <sys/mman.h>

#include "base/check.h"

#if defined(SIMULATION_ASAN)
#include <sanitizer/common_interface_defs.h>
#elif defined(SIMULATION_TSAN)
#include <sanitizer/tsan_interface.h>
#endif

#if defined(SIMULATION_ASAN) || defined(SIMULATION_TSAN)
#define SIMULATION_IS_SANITIZED 1
#else
#define SIMULATION_IS_SANITIZED 0
#endif

namespace salestream::simulation {
namespace {

constexpr std::size_t kStackBytes = SIMULATION_IS_SANITIZED ? 1 << 20 : 256 << 10;  // touched pages only take memory
Fiber* entering = nullptr;  // the one that a first switch goes into

}  // namespace

Fiber::Fiber() {
  void* const stack =
      mmap(nullptr, kStackBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  SALESTREAM_CHECK(stack != MAP_FAILED);
  stack_ = static_cast<char*>(stack);
#if defined(SIMULATION_TSAN)
  inside_tsan_ = __tsan_create_fiber(0);
#endif
}

Fiber::~Fiber() {
  if (!has_ended()) cancel();
#if defined(SIMULATION_TSAN)
  __tsan_destroy_fiber(inside_tsan_);
#endif
  munmap(stack_, kStackBytes);
}

void Fiber::set_body(std::function<void()> body) {
  SALESTREAM_CHECK(has_ended());
  body_ = std::move(body);
  is_cancelled_ = false;
}

void Fiber::resume() {
  SALESTREAM_CHECK(!has_ended());
  switch_in();
}

void Fiber::cancel() {
  is_cancelled_ = true;
  while (!has_ended()) switch_in();
}

void Fiber::suspend() {
  switch_out();
  if (is_cancelled_) throw FiberCancelled{};
}

void Fiber::enter() { entering->run_bodies(); }

void Fiber::run_bodies() {
#if defined(SIMULATION_ASAN)
  __sanitizer_finish_switch_fiber(nullptr, &outside_stack_, &outside_stack_bytes_);
#endif
  for (;;) {
    try {
      if (!is_cancelled_) body_();
    } catch (const FiberCancelled&) {}
    body_ = nullptr;
    switch_out();
  }
}

#if SIMULATION_IS_SANITIZED

void Fiber::switch_in() {
  if (!is_entered_) {
    getcontext(&inside_context_);
    inside_context_.uc_stack.ss_sp = stack_;
    inside_context_.uc_stack.ss_size = kStackBytes;
    makecontext(&inside_context_, &Fiber::enter, 0);
    is_entered_ = true;
    entering = this;
  }
#if defined(SIMULATION_ASAN)
  __sanitizer_start_switch_fiber(&outside_fake_stack_, stack_, kStackBytes);
#else
  outside_tsan_ = __tsan_get_current_fiber();
  __tsan_switch_to_fiber(inside_tsan_, 0);
#endif
  swapcontext(&outside_context_, &inside_context_);
#if defined(SIMULATION_ASAN)
  __sanitizer_finish_switch_fiber(outside_fake_stack_, nullptr, nullptr);
#endif
}

void Fiber::switch_out() {
#if defined(SIMULATION_ASAN)
  __sanitizer_start_switch_fiber(&inside_fake_stack_, outside_stack_, outside_stack_bytes_);
#else
  __tsan_switch_to_fiber(outside_tsan_, 0);
#endif
  swapcontext(&inside_context_, &outside_context_);
#if defined(SIMULATION_ASAN)
  __sanitizer_finish_switch_fiber(inside_fake_stack_, &outside_stack_, &outside_stack_bytes_);
#endif
}

#else

// swapcontext() asks the kernel about signals each time; a jump to a place saved on the other stack does not. The
// context is needed only to get onto the new stack the first time.
[[gnu::noinline]] void Fiber::switch_in() {
  if (_setjmp(outside_) != 0) return;
  if (is_entered_) _longjmp(inside_, 1);
  is_entered_ = true;
  getcontext(&inside_context_);
  inside_context_.uc_stack.ss_sp = stack_;
  inside_context_.uc_stack.ss_size = kStackBytes;
  makecontext(&inside_context_, &Fiber::enter, 0);
  entering = this;
  setcontext(&inside_context_);
}

[[gnu::noinline]] void Fiber::switch_out() {
  if (_setjmp(inside_) == 0) _longjmp(outside_, 1);
}

#endif

}  // namespace salestream::simulation
