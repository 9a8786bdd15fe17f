// SPDX-License-Identifier: Apache-2.0
// Signals as calls on a thread of their own, where anything may be done, instead of handlers, where next to nothing
// may.
#pragma once

#include <signal.h>

#include <functional>
#include <thread>

namespace salestream::cli {

class SignalWatcher {
 public:
  // Watches SIGINT, SIGTERM, SIGHUP (unless it is ignored, as nohup does), SIGWINCH and SIGCONT from now on, and blocks
  // them in this thread and those that it starts: make it before any other thread.
  explicit SignalWatcher(std::function<void(int signal)> on_signal);
  ~SignalWatcher();
  SignalWatcher(const SignalWatcher&) = delete;
  SignalWatcher& operator=(const SignalWatcher&) = delete;

 private:
  void watch();

  const std::function<void(int)> on_signal_;
  sigset_t mask_before_{};
  int signals_fd_ = -1;
  int stop_fd_ = -1;
  std::thread thread_;
};

}  // namespace salestream::cli
