// SPDX-License-Identifier: Apache-2.0
#include "cli/run/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "base/mutex.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/start_wait.h"
#include "cli/run/display.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/signals.h"
#include "engine/pipeline.h"
#include "rejects/open_rejects.h"
#include "source/options.h"
#include "web/site.h"

namespace salestream::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLiveInterval{500};
constexpr milliseconds kConsoleInterval{1000};
constexpr milliseconds kSourceTimeout{200};  // and of what asks the store beside the run
constexpr milliseconds kOneKeystroke{500};
constexpr const char* kWho = "a run";  // waits (--wait)
constexpr milliseconds kSiteTimeout{2000};

// What the other threads report to the main one.
struct Events {
  base::Mutex mutex;
  base::CondVar changed;
  bool finished ABSL_GUARDED_BY(mutex) = false;
  bool stopping ABSL_GUARDED_BY(mutex) = false;
  bool redraw ABSL_GUARDED_BY(mutex) = false;
  bool continued ABSL_GUARDED_BY(mutex) = false;

  void report(bool Events::*event) {
    const base::MutexLock lock(mutex);
    this->*event = true;
    changed.notify_all();
  }
};

DisplayOptions display_options(const RunArguments& arguments) {
  DisplayOptions options;
  options.live = !arguments.console && !arguments.quiet && is_live_terminal(STDOUT_FILENO);
  options.quiet = arguments.quiet;
  options.until_end = arguments.until_end;
  options.interval = options.live ? kLiveInterval : kConsoleInterval;
  if (arguments.interval_seconds)
    options.interval = milliseconds(static_cast<std::int64_t>(*arguments.interval_seconds * 1000));
  options.limit.rows = arguments.top.value_or(options.live ? kDefaultLiveRows : kMaxConsoleRows);
  if (!arguments.top) options.limit.bytes = kMaxConsoleBytes;
  return options;
}

// nullptr: no web page.
base::Result<std::unique_ptr<web::Site>> listen_for_page(const RunArguments& arguments) {
  web::SiteOptions options;
  options.token_file = arguments.http_token_file;
  std::tie(options.certificate_file, options.key_file) = arguments.http_tls;
  const bool is_off = arguments.http == "off";
  if (!options.certificate_file.empty() && (is_off || arguments.http.empty()))
    return base::usage_error("--http-tls needs --http [HOST:]PORT, the address to serve the web page at");
  if (is_off) return std::unique_ptr<web::Site>();
  if (!arguments.http.empty()) {
    SALESTREAM_ASSIGN(options.endpoint, http::parse_endpoint(arguments.http));
  }
  return web::Site::listen(options);
}

web::RunInfo run_info_of(const OpenedPipeline& opened) {
  const bool is_file = std::holds_alternative<source::FileOptions>(opened.file.source);
  return {.version = SALESTREAM_VERSION,
          .source = opened.source->where(),
          .store = opened.store->where(),
          .unit = is_file ? "bytes" : "messages",
          .has_end = source::has_end(opened.file.source),
          .definition = opened.file.definition};
}

// A second Ctrl+C. Every frame of the display leaves the terminal as it should be, so there is nothing to tidy up.
[[noreturn]] void end_at_once() {
  say("\nended at once. Nothing is lost: the next run goes on from what is in the store.");
  _exit(kExitFailure);
}

// A question to a broker or a store that is unavailable may take seconds to be given up on, and all that matters is
// saved.
[[noreturn]] void end_without_waiting(const base::Status& outcome) {
  if (!outcome.ok()) base::log_error(outcome.error().message);
  _exit(outcome.ok() ? kExitDone : kExitFailure);
}

// While the source and the store are still being connected to: nothing was read that would have to be saved, and what
// is made in a store is made in steps that any end may come between.
[[noreturn]] void end_before_the_first_message() {
  say("\nstopped cleanly: nothing was read yet");
  _exit(kExitDone);
}

// Ctrl+C and SIGTERM stop the run, and once more ends the process at once; the other signals are for the display.
class StopSignals {
 public:
  explicit StopSignals(Events& events) : events_(events), watcher_([this](int signal) { on_signal(signal); }) {}

  // What is to be stopped, until forget_pipeline(). Before that there is nothing to save, and the process just ends.
  void set_pipeline(engine::Pipeline& pipeline) {
    const base::MutexLock lock(mutex_);
    pipeline_ = &pipeline;
    is_connecting_ = false;
  }
  void forget_pipeline() {
    const base::MutexLock lock(mutex_);
    pipeline_ = nullptr;
  }

 private:
  void on_signal(int signal) {
    if (signal == SIGWINCH) return events_.report(&Events::redraw);
    if (signal == SIGCONT) return events_.report(&Events::continued);
    // Some tools send a signal to the program and to its group: twice within a blink is once.
    const auto now = std::chrono::steady_clock::now();
    if (stops_asked_ > 0 && now - first_stop_ < kOneKeystroke) return;
    if (++stops_asked_ > 1) end_at_once();
    first_stop_ = now;
    {
      const base::MutexLock lock(mutex_);
      if (is_connecting_) end_before_the_first_message();
      if (pipeline_ != nullptr) pipeline_->request_stop();
    }
    events_.report(&Events::stopping);
    events_.report(&Events::redraw);
    base::log_info("stopping: what was read is being saved (once more ends at once, and loses nothing either)");
  }

  Events& events_;
  base::Mutex mutex_;
  engine::Pipeline* pipeline_ ABSL_GUARDED_BY(mutex_) = nullptr;  // while it is there
  bool is_connecting_ ABSL_GUARDED_BY(mutex_) = true;             // until there is one
  std::atomic<int> stops_asked_{0};
  std::chrono::steady_clock::time_point first_stop_;  // the watcher's thread's own
  const SignalWatcher watcher_;                       // last: it calls as soon as it is there
};

// A run from the pipeline file to its end. The order of the members is their lifetime: each uses only what is above it,
// and ends before that does.
class RunSession {
 public:
  explicit RunSession(const RunArguments& arguments) : arguments_(arguments) {}

  base::Result<int> run() {
    SALESTREAM_TRY(open());
    SALESTREAM_TRY(start());
    base::Status outcome = count();
    end(outcome);
    if (!outcome.ok()) return std::move(outcome).error();
    return kExitDone;
  }

 private:
  base::Status open() {
    SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments_.pipeline));
    // Before anything slow: an address that is taken is said at once.
    SALESTREAM_ASSIGN(site_, listen_for_page(arguments_));
    // A file that is read to its end is whole: its last line counts even without a line end.
    if (auto* input = std::get_if<source::FileOptions>(&file.source)) input->follow = !arguments_.until_end;
    SALESTREAM_ASSIGN(const StartWait start_wait, start_wait_of(arguments_.wait, kWho));
    SALESTREAM_ASSIGN(opened_, open_pipeline(std::move(file)));
    return open_store(start_wait);
  }

  base::Status open_store(const StartWait& start_wait) {
    return wait_at_start(start_wait, kWho, {},
                         [&] { return opened_.store->open_for_run({.take_over_from_spark = arguments_.take_over}); });
  }

  base::Status start() {
    const DisplayOptions options = display_options(arguments_);
    if ((options.live || site_) && source::has_end(opened_.file.source))
      lag_ = std::make_unique<results::LagWatcher>(*opened_.source);
    if (!options.quiet || site_) open_rejects_ = std::make_unique<rejects::OpenRejects>(*opened_.store);
    pipeline_.emplace(
        opened_.file.definition, *opened_.source, *opened_.store,
        engine::RunOptions{.limits = opened_.file.limits,
                           .until_end = arguments_.until_end,
                           .accept_short_window = arguments_.accept_short_window,
                           .is_source_of_lines = std::holds_alternative<source::FileOptions>(opened_.file.source),
                           .make_reject_topic = reject_topic_maker(opened_)});
    fingerprint_check_ = pipeline_->fingerprint_check();
    SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(opened_.file.definition, *opened_.store));
    LiveView view;
    view.pipeline = opened_.file.definition.pipeline;
    view.source = opened_.source->where();
    view.store = opened_.store->where();
    if (std::holds_alternative<source::FileOptions>(opened_.file.source)) view.unit = "byte";
    display_.emplace(std::move(view), options, *pipeline_, std::move(reader), lag_.get(), open_rejects_.get());
    if (!site_) return {};
    return site_->start(run_info_of(opened_), *pipeline_, *opened_.store, lag_.get(), *open_rejects_);
  }

  // The pipeline on a thread of its own, the display on this one.
  base::Status count() {
    signals_.set_pipeline(*pipeline_);
    base::Status outcome;
    std::thread worker([&] {
      outcome = pipeline_->run();
      events_.report(&Events::finished);
    });
    show_until_finished();
    worker.join();
    signals_.forget_pipeline();
    display_->finish(outcome.ok());
    if (!outcome.ok()) return outcome;
    if (display_->error()) return *display_->error();
    if (const auto all_rejected = pipeline_->all_rejected()) return base::failure(*all_rejected);
    return {};
  }

  void show_until_finished() {
    bool has_reader = true;
    base::MutexLock lock(events_.mutex);
    while (!events_.finished) {
      if (events_.stopping) display_->set_stopping();
      if (events_.stopping && site_) site_->set_stopping();
      events_.redraw = false;
      if (std::exchange(events_.continued, false)) display_->continue_below();
      lock.unlock();
      if (has_reader && !display_->refresh()) {
        has_reader = false;
        if (!display_->error()) base::log_info("nobody reads the output any more: stopping");
        pipeline_->request_stop();
      }
      lock.lock();
      const auto is_finished = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(events_.mutex) { return events_.finished; };
      const auto is_woken = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(events_.mutex) {
        return events_.finished || events_.redraw || events_.continued;
      };
      if (has_reader)
        events_.changed.wait_until(events_.mutex, display_->next_refresh(), is_woken);
      else
        events_.changed.wait(events_.mutex, is_finished);
    }
  }

  // All is saved. What still waits for an answer of the source or the store gets a moment, and no longer; and what only
  // reads is interrupted, since a connection that is not closed leaves SQLite's WAL behind.
  void end(const base::Status& outcome) {
    const bool has_page_ended = !site_ || site_->stop_within(kSiteTimeout);
    if (open_rejects_) open_rejects_->interrupt();
    opened_.store->interrupt_reading();
    if (!has_page_ended && !site_->stop_within(kSourceTimeout)) end_without_waiting(outcome);
    display_.reset();
    site_.reset();
    if (open_rejects_ && !open_rejects_->stop_within(kSourceTimeout)) end_without_waiting(outcome);
    open_rejects_.reset();
    pipeline_.reset();
    opened_.store.reset();
    if (!fingerprint_check_->stop_within(kSourceTimeout) || (lag_ && !lag_->stop_within(kSourceTimeout)))
      end_without_waiting(outcome);
  }

  const RunArguments& arguments_;
  Events events_;
  StopSignals signals_{events_};  // before any other thread: all of them inherit which signals are blocked
  OpenedPipeline opened_;
  std::unique_ptr<results::LagWatcher> lag_;
  std::unique_ptr<rejects::OpenRejects> open_rejects_;                 // nullptr: nothing would show them
  std::shared_ptr<engine::FingerprintCheckThread> fingerprint_check_;  // the pipeline's, which does not wait for it
  std::optional<engine::Pipeline> pipeline_;
  std::unique_ptr<web::Site> site_;  // nullptr: no web page; takes its address first of all
  std::optional<RunDisplay> display_;
};

}  // namespace

base::Result<int> run(const RunArguments& arguments) { return RunSession(arguments).run(); }

}  // namespace salestream::cli
