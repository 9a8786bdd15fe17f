// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/produce.h"

#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>

#include "base/logging.h"
#include "base/mutex.h"
#include "cli/app/exit_codes.h"
#include "cli/app/start_wait.h"
#include "cli/produce/indented_json.h"
#include "cli/produce/message_feed.h"
#include "cli/produce/message_sink.h"
#include "cli/produce/rate.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/print.h"
#include "cli/terminal/progress.h"
#include "cli/terminal/screen_block.h"
#include "cli/terminal/signals.h"
#include "cli/terminal/text.h"
#include "generate/faults.h"

namespace salestream::cli {
namespace {

using Clock = Pacer::Clock;
using std::chrono::milliseconds;
using std::chrono::seconds;

// How long a single wait may take before a stop is looked for.
constexpr milliseconds kSlice{100};
// To wait for each message of a fast stream by itself costs more than to make and send it.
constexpr milliseconds kShortestWait{1};
// After Ctrl+C, what Kafka has not taken is waited for so long.
constexpr seconds kFinishTimeout{30};
// Between two looks at the clock for the progress, at full speed.
constexpr std::int64_t kProgressEveryMessages = 256;
// Orders are shown one by one up to this rate.
constexpr double kShownPerSecond = 10;

class Stop {
 public:
  void ask() {
    const base::MutexLock lock(mutex_);
    asked_.store(true, std::memory_order_relaxed);
    changed_.notify_all();
  }
  bool asked() const { return asked_.load(std::memory_order_relaxed); }
  void wait_until(Clock::time_point when) {
    const base::MutexLock lock(mutex_);
    changed_.wait_until(mutex_, when, [&] { return asked(); });
  }

 private:
  base::Mutex mutex_;
  base::CondVar changed_;
  std::atomic<bool> asked_{false};  // set under the mutex
};

[[noreturn]] void end_producing_at_once() {
  say("\nended at once: what Kafka had not taken yet is not in the topic, and no truth is written.");
  _exit(kExitFailure);
}

base::Status check(const ProduceArguments& arguments, const config::PipelineFile& file) {
  if (!arguments.from.empty()) {
    for (const auto& [name, given] :
         {std::pair("--truth", !arguments.truth.empty()), std::pair("--faults", !arguments.faults.empty()),
          std::pair("--seed", arguments.seed.has_value()), std::pair("--catalogue", !arguments.catalogue.empty()),
          std::pair("--products", arguments.products != 0), std::pair("--start-date", !arguments.start_date.empty())})
      if (given)
        return base::usage_error(
            fmt::format("{} is for made-up orders; --from sends the lines of a file as they are", name));
  }
  if (arguments.truth_add && arguments.truth.empty())
    return base::usage_error("--truth-add says how to write --truth FILE, which is missing");
  if (const auto& deduplicate = file.definition.deduplicate;
      deduplicate && !arguments.faults.empty() && deduplicate->window_messages < generate::kMaxDuplicateDistance)
    return base::usage_error(fmt::format(
        "{}: deduplicate.window is {}, and duplicates of --faults stand up to {} messages behind the first; make it "
        "that wide, or leave --faults out",
        arguments.pipeline.file, deduplicate->window_messages, generate::kMaxDuplicateDistance));
  if (!arguments.out.empty() && !arguments.wait.empty())
    return base::usage_error("--wait waits for the broker of the topic, and --out needs none");
  if (arguments.out.empty() && !std::holds_alternative<source::KafkaOptions>(file.source))
    return base::usage_error(fmt::format(
        "{}: its source is not Kafka, so there is no topic to send orders to; write them with --out FILE, or - for "
        "standard output",
        arguments.pipeline.file));
  return {};
}

// Nothing when a stop was asked for while a broker that is unavailable was waited for.
base::Result<std::unique_ptr<MessageSink>> open_sink(const ProduceArguments& arguments,
                                                     const config::PipelineFile& file, Stop& stop) {
  if (!arguments.out.empty()) return make_line_sink(arguments.out);
  constexpr const char* kProduce = "produce";
  SALESTREAM_ASSIGN(const StartWait wait, start_wait_of(arguments.wait, kProduce));
  const base::RetryHooks hooks{.gives_up = [&] { return stop.asked(); },
                               .pause =
                                   [&](milliseconds time) {
                                     stop.wait_until(Clock::now() + time);
                                     return !stop.asked();
                                   }};
  auto sink = wait_at_start(wait, kProduce, hooks, [&] {
    return make_topic_sink(std::get<source::KafkaOptions>(file.source), arguments.pipeline.file);
  });
  const bool was_stopped = stop.asked() && !sink.ok() && sink.error().kind == base::ErrorKind::kRetriable;
  if (was_stopped) return std::unique_ptr<MessageSink>();
  return sink;
}

class Production {
 public:
  Production(const ProduceArguments& arguments, double rate_per_second, MessageFeed& feed, MessageSink& sink,
             Stop& stop)
      : arguments_(arguments), feed_(feed), sink_(sink), stop_(stop), pacer_(rate_per_second, start_) {
    const bool is_slow = rate_per_second > 0 && rate_per_second <= kShownPerSecond;
    shows_orders_ = is_slow && arguments.out != "-" && isatty(STDOUT_FILENO);
    // Lines that scroll by on the same terminal would tear a bar to pieces.
    const bool writes_to_terminal = arguments.out == "-" && isatty(STDOUT_FILENO);
    if (!shows_orders_ && !writes_to_terminal) reporter_.emplace("produce");
  }

  base::Result<int> run() {
    while (!stop_.asked() && (arguments_.count == 0 || sent_ < arguments_.count)) {
      SALESTREAM_ASSIGN(const FeedState state, feed_.next());
      if (state == FeedState::kEnd) break;
      if (state == FeedState::kNothingYet) {
        SALESTREAM_TRY(sink_.idle());
        report();
        continue;
      }
      SALESTREAM_TRY(wait_until_due());
      if (stop_.asked()) break;
      SALESTREAM_ASSIGN(const PutState put, put_message());
      if (put == PutState::kNoReader) base::log_info("nobody reads the output any more: stopping");
      if (put != PutState::kDone) break;
      ++sent_;
      pacer_.sent();
      feed_.sent();
      if (shows_orders_) SALESTREAM_TRY(print(indented_json(feed_.text()) + '\n'));
      if (pacer_.has_rate() || sent_ % kProgressEveryMessages == 0) report();
    }
    SALESTREAM_TRY(finish());
    return kExitDone;
  }

 private:
  base::Status wait_until_due() {
    if (!pacer_.has_rate()) return {};
    for (auto now = Clock::now(); !stop_.asked(); now = Clock::now()) {
      const auto due = pacer_.due(now);
      if (due <= now) return {};
      if (due - now > milliseconds(1)) SALESTREAM_TRY(sink_.idle());
      report();
      stop_.wait_until(std::clamp(due, now + kShortestWait, now + kSlice));
    }
    return {};
  }

  base::Result<PutState> put_message() {
    const auto key = arguments_.key_is_order_id ? feed_.key() : std::nullopt;
    for (;;) {
      SALESTREAM_ASSIGN(const PutState put, sink_.put(key, feed_.text(), kSlice));
      if (put != PutState::kNotYet || stop_.asked()) return put;
      report();
    }
  }

  base::Status finish() {
    std::optional<Clock::time_point> give_up;
    for (;;) {
      SALESTREAM_ASSIGN(const bool done, sink_.finish(kSlice));
      if (done) break;
      if (stop_.asked() && !give_up) give_up = Clock::now() + kFinishTimeout;
      if (give_up && Clock::now() > *give_up)
        return base::failure(fmt::format("{} of {} messages have not arrived: {} has not taken them within {} s",
                                         grouped(sink_.waiting()), grouped(sent_), sink_.where(),
                                         kFinishTimeout.count()));
    }
    SALESTREAM_TRY(feed_.finish());
    std::string line = fmt::format("sent {} to {}", count_of(sent_, "message"), sink_.where());
    if (const std::string more = feed_.after(); !more.empty()) line += ": " + more;
    if (!arguments_.truth.empty()) line += fmt::format("; the exact totals are in {}", arguments_.truth);
    if (reporter_) reporter_->finish(progress());
    base::log_info(line);
    return {};
  }

  Progress progress() const {
    Progress progress;
    progress.done = sent_;
    progress.total = arguments_.count;
    if (arguments_.count == 0) progress.fraction = feed_.fraction();
    progress.elapsed_seconds = std::chrono::duration<double>(Clock::now() - start_).count();
    return progress;
  }
  void report() {
    if (reporter_) reporter_->update(progress());
  }

  const ProduceArguments& arguments_;
  MessageFeed& feed_;
  MessageSink& sink_;
  Stop& stop_;
  const Clock::time_point start_ = Clock::now();
  Pacer pacer_;
  bool shows_orders_ = false;
  std::optional<ProgressReporter> reporter_;
  std::int64_t sent_ = 0;
};

}  // namespace

base::Result<int> produce(const ProduceArguments& given) {
  // Before any other thread: all of them inherit which signals are blocked.
  Stop stop;
  const SignalWatcher signals([&](int signal) {
    if (signal == SIGWINCH || signal == SIGCONT) return;
    if (stop.asked()) end_producing_at_once();
    base::log_info("stopping: what is under way is being sent (once more ends at once)");
    stop.ask();
  });

  SALESTREAM_ASSIGN(const config::PipelineFile file, load_pipeline(given.pipeline));
  SALESTREAM_TRY(check(given, file));
  // What the command line does not say, the pipeline file may.
  ProduceArguments arguments = given;
  if (arguments.catalogue.empty()) arguments.catalogue = file.produce.catalogue;
  if (arguments.products == 0) arguments.products = file.produce.products;
  // A file wants to be filled; only a topic is fed as slowly as a shop sells.
  const std::string default_rate = arguments.from.empty() && arguments.out.empty() ? kDefaultRate : "max";
  SALESTREAM_ASSIGN(const double rate_per_second, parse_rate(arguments.rate.empty() ? default_rate : arguments.rate));
  SALESTREAM_ASSIGN(const auto feed, arguments.from.empty() ? make_generated_feed(arguments, file.definition)
                                                            : make_line_feed(arguments, file.definition));
  SALESTREAM_ASSIGN(const auto sink, open_sink(arguments, file, stop));
  if (!sink) {
    base::log_info("nothing was sent");
    return kExitDone;
  }
  if (const std::string line = feed->before(); !line.empty())
    base::log_info(fmt::format("sending orders to {}, {}", sink->where(), line));
  return Production(arguments, rate_per_second, *feed, *sink, stop).run();
}

}  // namespace salestream::cli
