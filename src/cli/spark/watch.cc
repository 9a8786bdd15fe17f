// SPDX-License-Identifier: Apache-2.0
#include "cli/spark/watch.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <thread>
#include <utility>

#include "base/logging.h"
#include "base/retry.h"
#include "cli/app/exit_codes.h"
#include "cli/spark/text.h"
#include "cli/terminal/log_view.h"
#include "cli/terminal/print.h"

namespace salestream::cli {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLookInterval{1000};
constexpr milliseconds kFirstPause{1000}, kLongestPause{15'000};  // while a server does not answer
constexpr std::chrono::minutes kTimeout{10};                      // then watching ends

std::string none_runs(const spark::Connect& server, const std::string& pipeline) {
  return fmt::format(
      "{}: no query of the pipeline {} runs there: it was never submitted, or was stopped, or failed (Spark's "
      "monitoring page shows why), or the server was restarted. `salestream spark submit` goes on from its "
      "checkpoint",
      server.remote().where(), pipeline);
}

base::Result<SparkView> view_of(spark::Connect& server, const core::Definition& definition) {
  SparkView view;
  view.pipeline = definition.pipeline;
  view.remote = server.remote().where();
  SALESTREAM_ASSIGN(view.spark_version, server.version());
  SALESTREAM_ASSIGN(view.queries, find_queries(server, definition));
  view.page = monitoring_page(server);
  return view;
}

bool any_runs(const std::vector<TableQuery>& queries) {
  return std::any_of(queries.begin(), queries.end(), [](const TableQuery& query) { return query.id.has_value(); });
}

// What the screen shows of a pipeline's queries, until Ctrl+C.
class Watch {
 public:
  Watch(Interrupts& interrupts, const core::Definition& definition, std::unique_ptr<spark::Connect> server)
      : interrupts_(interrupts),
        definition_(definition),
        server_(std::move(server)),
        color_(wants_color(STDOUT_FILENO)) {
    if (is_live_terminal(STDOUT_FILENO)) block_ = std::make_unique<ScreenBlock>(STDOUT_FILENO);
    interrupts_.leave_running(block_.get());
    if (block_ && is_live_terminal(STDERR_FILENO)) show_log_above(*block_);
  }
  ~Watch() {
    interrupts_.forget_block();
    if (!block_) return;
    base::set_log_sink(nullptr);
    block_->clear();
  }
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  base::Result<int> run(std::vector<TableQuery> known) {
    known_ = std::move(known);
    const base::RetryHooks hooks{.before_pause = [this](const base::Error& error) {
      base::log_warning(error.message + "; trying again");
      if (block_) draw("the server does not answer; what is below was before that");
    }};
    for (;;) {
      SALESTREAM_ASSIGN(const bool goes_on,
                        base::retry({kFirstPause, kLongestPause, kTimeout}, hooks, [this]() -> base::Result<bool> {
                          SALESTREAM_ASSIGN(SparkView view, look());
                          return show(std::move(view));
                        }));
      if (!goes_on) return ended();
      std::this_thread::sleep_for(kLookInterval);
    }
  }

 private:
  base::Result<SparkView> look() {
    if (last_.spark_version.empty()) return view_of(*server_, definition_);  // there was no first look yet
    SparkView view = last_;
    SALESTREAM_ASSIGN(view.queries, find_queries(*server_, definition_));
    return view;
  }

  // False: no query is left.
  base::Result<bool> show(SparkView view) {
    last_ = std::move(view);
    for (const TableQuery& query : last_.queries) {
      if (!query.id) continue;
      const auto known =
          std::find_if(known_.begin(), known_.end(), [&](const TableQuery& each) { return each.table == query.table; });
      if (known == known_.end())
        known_.push_back(query);
      else
        known->id = query.id;
    }
    SALESTREAM_TRY(look_for_failures());
    if (!any_runs(last_.queries)) return false;
    return block_ ? draw("") : print_batches();
  }

  bool draw(const std::string& trouble) {
    std::int64_t next = 0;
    for (const TableQuery& query : last_.queries)
      if (query.progress) next += query.progress->next_offsets.value_or(0);
    if (!first_) first_ = next;
    const double seconds = std::chrono::duration<double>(Clock::now() - began_).count();
    return block_->draw(spark_live_lines(last_, *first_, seconds, trouble, terminal_size(STDOUT_FILENO), color_));
  }

  bool print_batches() {
    std::string text;
    if (!std::exchange(said_page_, true) && !last_.page.empty())
      text += "Spark's monitoring page: " + last_.page + '\n';
    for (const TableQuery& query : last_.queries) {
      const std::string line = batch_line(query);
      // Idle, Spark tells of the coming batch as of one without messages.
      const bool has_work = query.progress && query.progress->messages > 0;
      const std::int64_t batch = has_work ? query.progress->batch : -1;
      const auto [shown, is_new] = shown_batches_.try_emplace(query.table, batch);
      if (!is_new && (!has_work || shown->second == batch)) continue;
      shown->second = batch;
      text += line + '\n';
    }
    return write_all(STDOUT_FILENO, text);
  }

  // A query that was there and is not any more: Spark knows why, as long as it has not forgotten it.
  base::Status look_for_failures() {
    for (TableQuery& query : known_) {
      if (!query.id) continue;
      const auto now = std::find_if(last_.queries.begin(), last_.queries.end(),
                                    [&](const TableQuery& each) { return each.table == query.table; });
      if (now != last_.queries.end() && now->id) continue;
      const auto why = server_->exception(*query.id);
      const std::string name = query_name(definition_.pipeline, query.table);
      if (why.ok() && *why)
        return base::failure(
            fmt::format("{}: the query {} failed: {}. Once that is mended, `salestream spark submit` goes on "
                        "from its checkpoint",
                        server_->remote().where(), name, **why));
      if (!why.ok() && why.error().kind == base::ErrorKind::kRetriable) return why.error();
      if (!why.ok())
        return base::failure(
            fmt::format("{}: the query {} is gone: the server was restarted. `salestream spark submit` goes "
                        "on from its checkpoint",
                        server_->remote().where(), name));
      base::log_info(fmt::format("the query {} was stopped", name));
      query.id.reset();
    }
    return {};
  }

  base::Result<int> ended() {
    if (known_.empty()) return base::failure(none_runs(*server_, definition_.pipeline));
    return kExitDone;
  }

  Interrupts& interrupts_;
  const core::Definition& definition_;
  const std::unique_ptr<spark::Connect> server_;
  const bool color_;
  std::unique_ptr<ScreenBlock> block_;
  const Clock::time_point began_ = Clock::now();
  SparkView last_;
  std::vector<TableQuery> known_;  // those that ran when we looked last
  std::optional<std::int64_t> first_;
  bool said_page_ = false;
  std::map<std::string, std::int64_t> shown_batches_;
};

}  // namespace

base::Result<int> watch_queries(Interrupts& interrupts, const core::Definition& definition,
                                std::unique_ptr<spark::Connect> server, std::vector<TableQuery> known) {
  Watch watch(interrupts, definition, std::move(server));
  return watch.run(std::move(known));
}

base::Result<int> spark_status(const SparkStatusArguments& arguments) {
  SALESTREAM_ASSIGN(const SparkSession session, open_spark(arguments.spark));
  SALESTREAM_ASSIGN(const SparkView view, view_of(*session.server, session.file.definition));
  SALESTREAM_TRY(print(arguments.format == Format::kJson ? to_spark_json(view) : to_spark_text(view)));
  const bool all_run = std::all_of(view.queries.begin(), view.queries.end(),
                                   [](const TableQuery& query) { return query.id.has_value(); });
  if (all_run) return kExitDone;
  base::log_error(any_runs(view.queries)
                      ? fmt::format("{}: not every table of the pipeline {} has a query that runs: end the others with "
                                    "`salestream spark stop`, and submit again",
                                    view.remote, view.pipeline)
                      : none_runs(*session.server, view.pipeline));
  return kExitFailure;
}

base::Result<int> spark_watch(const SparkArguments& arguments) {
  Interrupts interrupts;
  SALESTREAM_ASSIGN(SparkSession session, open_spark(arguments));
  return watch_queries(interrupts, session.file.definition, std::move(session.server), {});
}

base::Result<int> spark_stop(const SparkArguments& arguments) {
  SALESTREAM_ASSIGN(const SparkSession session, open_spark(arguments));
  SALESTREAM_ASSIGN(const std::vector<TableQuery> queries, find_queries(*session.server, session.file.definition));
  if (!any_runs(queries)) return base::failure(none_runs(*session.server, session.file.definition.pipeline));
  for (const TableQuery& query : queries) {
    if (!query.id) continue;
    SALESTREAM_TRY(session.server->stop(*query.id));
    SALESTREAM_TRY(print(fmt::format("stopped {}\n", query_name(session.file.definition.pipeline, query.table))));
  }
  return kExitDone;
}

}  // namespace salestream::cli
