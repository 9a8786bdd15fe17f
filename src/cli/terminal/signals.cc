// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/signals.h"

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/check.h"

namespace salestream::cli {
namespace {

bool is_ignored(int signal) {
  struct sigaction action {};
  return sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

SignalWatcher::SignalWatcher(std::function<void(int)> on_signal) : on_signal_(std::move(on_signal)) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGWINCH, SIGCONT}) sigaddset(&watched, signal);
  if (!is_ignored(SIGHUP)) sigaddset(&watched, SIGHUP);
  SALESTREAM_CHECK(pthread_sigmask(SIG_BLOCK, &watched, &mask_before_) == 0);
  signals_fd_ = signalfd(-1, &watched, SFD_CLOEXEC);
  stop_fd_ = eventfd(0, EFD_CLOEXEC);
  SALESTREAM_CHECK(signals_fd_ >= 0 && stop_fd_ >= 0);
  thread_ = std::thread([this] { watch(); });
}

SignalWatcher::~SignalWatcher() {
  eventfd_write(stop_fd_, 1);
  thread_.join();
  close(signals_fd_);
  close(stop_fd_);
  pthread_sigmask(SIG_SETMASK, &mask_before_, nullptr);
}

void SignalWatcher::watch() {
  for (;;) {
    pollfd ready[] = {{signals_fd_, POLLIN, 0}, {stop_fd_, POLLIN, 0}};
    if (poll(ready, 2, -1) < 0) continue;
    if (ready[1].revents != 0) return;
    signalfd_siginfo info{};
    if (read(signals_fd_, &info, sizeof info) == sizeof info) on_signal_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace salestream::cli
