// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/interrupts.h"

#include <signal.h>
#include <unistd.h>

#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/terminal/log_view.h"

namespace salestream::cli {

Interrupts::Interrupts() : exit_code_(kExitFailure), watcher_([this](int signal) { on_signal(signal); }) {}

void Interrupts::on_signal(int signal) {
  const base::MutexLock lock(mutex_);
  if (signal == SIGWINCH) return;  // the next look is near
  if (signal == SIGCONT) {
    if (block_ != nullptr) block_->leave();
    return;
  }
  if (block_ != nullptr) {
    base::set_log_sink(nullptr);
    block_->clear();
  }
  if (!farewell_.empty()) say(farewell_);
  // Nothing here has to be saved, and a call to a server that is unavailable may take long.
  _exit(exit_code_);
}

void Interrupts::begin_to_submit() {
  const base::MutexLock lock(mutex_);
  farewell_ =
      "interrupted while the queries were being started; those that were go on: `salestream spark status` shows them, "
      "`salestream spark stop` ends them";
}

void Interrupts::leave_running(ScreenBlock* block) {
  const base::MutexLock lock(mutex_);
  block_ = block;
  exit_code_ = kExitDone;
  farewell_ =
      "the queries go on without this program: `salestream spark watch` shows them again, `salestream spark stop` ends "
      "them";
}

void Interrupts::forget_block() {
  const base::MutexLock lock(mutex_);
  block_ = nullptr;
}

}  // namespace salestream::cli
