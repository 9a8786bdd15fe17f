// SPDX-License-Identifier: Apache-2.0
// A function on a stack of its own that can stop in the middle and go on later: what makes the engine's own threads
// into steps of one scheduler. All fibers belong to one thread.
#pragma once

#include <csetjmp>
#include <cstddef>
#include <functional>
#include <memory>

#include <ucontext.h>

namespace salestream::simulation {

// Thrown into a fiber that is to end at once, like a process that is killed: it unwinds, so that memory is given back,
// and nothing that unwinds has any effect outside.
struct FiberCancelled {};

class Fiber {
 public:
  Fiber();
  ~Fiber();
  Fiber(const Fiber&) = delete;

  // A fiber that has ended can be given another body.
  void set_body(std::function<void()> body);
  bool has_ended() const { return body_ == nullptr; }

  // Runs the body until it suspends itself or ends. Not from within a fiber.
  void resume();
  // Ends the body where it stands.
  void cancel();
  // From within: stops until resume().
  void suspend();

 private:
  static void enter();
  void run_bodies();
  void switch_in();
  void switch_out();

  std::function<void()> body_;
  bool is_cancelled_ = false;
  bool is_entered_ = false;
  char* stack_;
  ucontext_t inside_context_{};
  [[maybe_unused]] ucontext_t outside_context_{};
  [[maybe_unused]] std::jmp_buf inside_{};
  [[maybe_unused]] std::jmp_buf outside_{};
  // For the sanitizers, which have to be told of a change of stacks.
  [[maybe_unused]] void* inside_fake_stack_ = nullptr;
  [[maybe_unused]] void* outside_fake_stack_ = nullptr;
  [[maybe_unused]] const void* outside_stack_ = nullptr;
  [[maybe_unused]] std::size_t outside_stack_bytes_ = 0;
  [[maybe_unused]] void* inside_tsan_ = nullptr;
  [[maybe_unused]] void* outside_tsan_ = nullptr;
};

}  // namespace salestream::simulation
