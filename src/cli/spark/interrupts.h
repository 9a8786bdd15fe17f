// SPDX-License-Identifier: Apache-2.0
// What Ctrl+C means while Spark counts.
#pragma once

#include <string>

#include "base/mutex.h"
#include "cli/terminal/screen_block.h"
#include "cli/terminal/signals.h"

namespace salestream::cli {

// Ctrl+C, SIGTERM and SIGHUP end the program at once: what Spark does is not this program's to save. Made before any
// other thread.
class Interrupts {
 public:
  Interrupts();

  // From now on queries may run that are left alone.
  void begin_to_submit();
  // From now on that is a good end, since the queries run; `block`: what is then taken off the screen, or nullptr.
  void leave_running(ScreenBlock* block);
  void forget_block();

 private:
  void on_signal(int signal);

  base::Mutex mutex_;
  ScreenBlock* block_ ABSL_GUARDED_BY(mutex_) = nullptr;
  std::string farewell_ ABSL_GUARDED_BY(mutex_);
  int exit_code_ ABSL_GUARDED_BY(mutex_);
  SignalWatcher watcher_;  // last: it is called as soon as it is there
};

}  // namespace salestream::cli
