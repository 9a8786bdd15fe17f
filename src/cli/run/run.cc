// SPDX-License-Identifier: Apache-2.0
#include "cli/run/run.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <atomic>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/run/display.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/signals.h"
#include "engine/pipeline.h"
#include "web/site.h"

namespace salestream::cli {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds kLiveInterval{500};
constexpr milliseconds kConsoleInterval{1000};
constexpr milliseconds kLogPatience{200};
constexpr milliseconds kOneKeystroke{500};
constexpr milliseconds kSitePatience{2000};

// What the threads tell the main one.
struct Events {
  std::mutex mutex;
  std::condition_variable changed;
  bool finished = false;
  bool stopping = false;
  bool redraw = false;
  bool continued = false;

  void tell(bool Events::*event) {
    const std::lock_guard lock(mutex);
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
  options.limit_rows = arguments.top.value_or(options.live ? kDefaultLiveRows : kMaxConsoleRows);
  return options;
}

// nullptr: no web page.
base::Result<std::unique_ptr<web::Site>> listen_for_page(const RunArguments& arguments) {
  web::SiteOptions options;
  options.token_file = arguments.http_token_file;
  if (arguments.http == "off") return std::unique_ptr<web::Site>();
  if (!arguments.http.empty()) {
    SALESTREAM_ASSIGN(options.endpoint, web::parse_endpoint(arguments.http));
  }
  return web::Site::listen(options);
}

// Whether the log can be asked for its end: a pipe's is not known before it is there.
bool has_end(const source::Options& source) {
  std::error_code failed;
  if (const auto* file = std::get_if<source::FileOptions>(&source))
    return file->path != "-" && std::filesystem::is_regular_file(file->path, failed);
  const auto* generator = std::get_if<source::GeneratorOptions>(&source);
  return generator == nullptr || generator->orders_per_partition > 0;
}

web::RunInfo run_info_of(const OpenedPipeline& opened) {
  const bool is_file = std::holds_alternative<source::FileOptions>(opened.file.source);
  return {.version = SALESTREAM_VERSION,
          .source = opened.log->where(),
          .store = opened.store->where(),
          .unit = is_file ? "bytes" : "messages",
          .has_end = has_end(opened.file.source),
          .definition = opened.file.definition};
}

// A second Ctrl+C. Every frame of the display leaves the terminal as it should be, so there is nothing to tidy up.
[[noreturn]] void end_at_once() {
  say("\nended at once. Nothing is lost: the next run goes on from what is in the store.");
  _exit(kExitFailure);
}

// A question to a broker or a store that is away may take seconds to be given up on, and all that matters is saved.
[[noreturn]] void end_without_waiting(const base::Status& outcome) {
  if (!outcome.ok()) base::log_error(outcome.error().message);
  _exit(outcome.ok() ? kExitDone : kExitFailure);
}

void show_until_finished(RunDisplay& display, engine::Pipeline& pipeline, Events& events, web::Site* site) {
  bool has_reader = true;
  std::unique_lock lock(events.mutex);
  while (!events.finished) {
    if (events.stopping) display.set_stopping();
    if (events.stopping && site != nullptr) site->set_stopping();
    events.redraw = false;
    if (std::exchange(events.continued, false)) display.continue_below();
    lock.unlock();
    if (has_reader && !display.refresh()) {
      has_reader = false;
      if (!display.error()) base::log_info("nobody reads the output any more: stopping");
      pipeline.request_stop();
    }
    lock.lock();
    const auto woken = [&] { return events.finished || events.redraw || events.continued; };
    if (has_reader)
      events.changed.wait_until(lock, display.next_refresh(), woken);
    else
      events.changed.wait(lock, [&] { return events.finished; });
  }
}

}  // namespace

base::Result<int> run(const RunArguments& arguments) {
  // Before any other thread: all of them inherit which signals are blocked.
  Events events;
  std::mutex to_stop_mutex;
  engine::Pipeline* to_stop = nullptr;  // while it is there
  std::atomic<int> stops_asked{0};
  std::chrono::steady_clock::time_point first_stop;  // the watcher's own
  const SignalWatcher signals([&](int signal) {
    if (signal == SIGWINCH) return events.tell(&Events::redraw);
    if (signal == SIGCONT) return events.tell(&Events::continued);
    // Some tools send a signal to the program and to its group: twice within a blink is once.
    const auto now = std::chrono::steady_clock::now();
    if (stops_asked > 0 && now - first_stop < kOneKeystroke) return;
    if (++stops_asked > 1) end_at_once();
    first_stop = now;
    {
      const std::lock_guard lock(to_stop_mutex);
      if (to_stop != nullptr) to_stop->request_stop();
    }
    events.tell(&Events::stopping);
    events.tell(&Events::redraw);
    base::log_info("stopping: what was read is being saved (once more ends at once, and loses nothing either)");
  });

  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  // Before anything slow: an address that is taken is said at once.
  SALESTREAM_ASSIGN(std::unique_ptr<web::Site> listening, listen_for_page(arguments));
  // A file that is read to its end is whole: its last line counts even without a line end.
  if (auto* input = std::get_if<source::FileOptions>(&file.source)) input->follow = !arguments.until_end;
  file.engine.accept_short_window = arguments.accept_short_window;
  SALESTREAM_ASSIGN(OpenedPipeline opened, open_pipeline(std::move(file)));
  if (arguments.take_over) opened.store->take_over();
  SALESTREAM_TRY(opened.store->open_for_run());
  const std::unique_ptr<web::Site> site = std::move(listening);  // ends before the store does
  const DisplayOptions options = display_options(arguments);

  std::unique_ptr<results::LagWatcher> lag;
  const bool is_kafka = std::holds_alternative<source::KafkaOptions>(opened.file.source);
  if ((options.live && is_kafka) || (site && has_end(opened.file.source)))
    lag = std::make_unique<results::LagWatcher>(*opened.log);

  base::Status outcome;
  std::optional<base::Error> display_error;
  std::shared_ptr<engine::FingerprintCheckThread> fingerprint_check;
  {
    engine::Pipeline pipeline(opened.file.definition, *opened.log, *opened.store,
                              {.limits = opened.file.engine,
                               .until_end = arguments.until_end,
                               .make_reject_topic = reject_topic_maker(opened)});
    fingerprint_check = pipeline.fingerprint_check();
    SALESTREAM_ASSIGN(auto reader, results::SnapshotReader::open(opened.file.definition, *opened.store));
    LiveView titles;
    titles.pipeline = opened.file.definition.pipeline;
    titles.source = opened.log->where();
    titles.store = opened.store->where();
    RunDisplay display(std::move(titles), options, pipeline, std::move(reader), is_kafka ? lag.get() : nullptr);
    if (site) SALESTREAM_TRY(site->start(run_info_of(opened), pipeline, *opened.store, lag.get()));

    const auto let_stop = [&](engine::Pipeline* which) {
      const std::lock_guard lock(to_stop_mutex);
      to_stop = which;
    };
    let_stop(&pipeline);
    if (stops_asked > 0) pipeline.request_stop();
    std::thread worker([&] {
      outcome = pipeline.run();
      events.tell(&Events::finished);
    });
    show_until_finished(display, pipeline, events, site.get());
    worker.join();
    let_stop(nullptr);
    display.finish(outcome.ok());
    display_error = display.error();
    if (outcome.ok() && display_error) outcome = *display_error;
    if (site && !site->stop_within(kSitePatience)) end_without_waiting(outcome);
  }
  opened.store.reset();
  if (!fingerprint_check->stop_within(kLogPatience) || (lag && !lag->stop_within(kLogPatience)))
    end_without_waiting(outcome);
  if (!outcome.ok()) return std::move(outcome).error();
  return kExitDone;
}

}  // namespace salestream::cli
