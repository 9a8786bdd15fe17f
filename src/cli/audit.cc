// SPDX-License-Identifier: Apache-2.0
#include "cli/audit.h"

#include <fmt/format.h>

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstring>
#include <thread>

#include "audit/audit.h"
#include "base/read_file.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/audit_text.h"
#include "cli/terminal/print.h"
#include "cli/terminal/progress.h"

namespace salestream::cli {
namespace {

constexpr std::size_t kShownDifferences = 100;

base::Result<std::string> read_truth(const std::string& path) {
  auto text = base::read_file(path);
  const auto refused = [&path](std::string_view why) {
    return base::failure(fmt::format("--truth {}: cannot be read: {}", path, why));
  };
  if (!text.ok()) return refused(text.error().message);
  if (!*text) return refused(std::strerror(ENOENT));
  return **std::move(text);
}

base::Result<audit::Report> audit_with_progress(const OpenedPipeline& opened, audit::Reader& reader,
                                                audit::Options options) {
  ProgressReporter reporter("audit");
  const auto began = std::chrono::steady_clock::now();
  const auto shown = [&](std::int64_t messages, double fraction) {
    Progress progress;
    progress.done = messages;
    progress.fraction = fraction;
    progress.elapsed_seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - began).count();
    return progress;
  };
  options.on_progress = [&](const audit::Progress& now) { reporter.update(shown(now.messages, now.fraction)); };
  auto report = audit::audit(opened.file.definition, reader, *opened.store, options);
  if (report.ok()) reporter.finish(shown(report->messages_read, 1));
  return report;
}

}  // namespace

base::Result<int> audit(const AuditArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  // Unlike a run, an audit has nothing to share with others: every processor may help.
  const int processors = std::max(1, static_cast<int>(std::thread::hardware_concurrency()));
  audit::Options options;
  options.workers =
      arguments.pipeline.workers > 0 ? arguments.pipeline.workers : std::max(processors, file.limits.workers);
  options.memory_bytes = static_cast<std::size_t>(file.limits.rows_in_memory_bytes);
  const std::size_t most_shown = arguments.all ? 0 : kShownDifferences;
  options.most_listed = arguments.repair ? 0 : most_shown;  // what is not in the report is not repaired
  SALESTREAM_ASSIGN(const auto reader, audit::make_reader(file.source, file.definition));
  SALESTREAM_ASSIGN(const OpenedPipeline opened, open_pipeline(std::move(file)));
  std::string truth;
  if (!arguments.truth.empty()) {
    SALESTREAM_ASSIGN(truth, read_truth(arguments.truth));
  }
  SALESTREAM_TRY(opened.store->open_for_read());
  SALESTREAM_TRY(
      check_counted_here(*opened.store, opened.file.definition.pipeline,
                         "so which messages are in a row is not known, and an audit can't tell late from wrong"));
  // A repair that was killed: the next run would do it, too.
  bool has_finished_other = false;
  if (arguments.repair) {
    SALESTREAM_ASSIGN(has_finished_other, opened.store->finish_repair());
  }
  SALESTREAM_ASSIGN(audit::Report report, audit_with_progress(opened, *reader, options));

  const AuditText names{opened.file.definition.pipeline, opened.source->where(), opened.store->where(), most_shown,
                        style_for(STDOUT_FILENO),        arguments.repair};
  const bool is_json = arguments.format == Format::kJson;
  base::Status repaired;
  if (arguments.repair) {
    // Whatever becomes of the repair, what was found is said. JSON is one object, and comes in the end.
    if (!is_json) SALESTREAM_TRY(print(to_audit_text(names, report)));
    repaired = audit::repair(opened.file.definition, *opened.store, options, report);
    report.repair->finished_other = has_finished_other;
  }
  if (!repaired.ok()) {
    report.repair->error = repaired.error().message;
    if (is_json) SALESTREAM_TRY(print(to_audit_json(names, report)));
    return std::move(repaired).error();
  }
  if (!arguments.truth.empty())
    SALESTREAM_TRY(audit::compare_truth(opened.file.definition, *opened.store, arguments.truth, truth,
                                        options.most_listed, report));
  SALESTREAM_TRY(print(is_json            ? to_audit_json(names, report)
                       : arguments.repair ? to_repair_text(names, report)
                                          : to_audit_text(names, report)));
  return audit_exit_code(report);
}

}  // namespace salestream::cli
