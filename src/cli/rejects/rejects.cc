// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/rejects.h"

#include <fmt/format.h>

#include <optional>
#include <utility>

#include "base/logging.h"
#include "base/whole_file.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/rejects/export_lines.h"
#include "cli/rejects/text.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "rejects/selection.h"

namespace salestream::cli {
namespace {

struct Opened {
  ShownPipeline pipeline;
  std::unique_ptr<store::Inspection> inspection;
  std::unique_ptr<store::ResendRecords> records;
};

base::Result<Opened> open_rejects(const PipelineArguments& arguments) {
  Opened opened;
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments));
  SALESTREAM_ASSIGN(opened.pipeline, open_to_show(std::move(file)));
  SALESTREAM_TRY(check_counted_here(*opened.pipeline.store, opened.pipeline.counted.definition.pipeline,
                                    "so no rejected message is kept: Spark only counts them"));
  warn_of_difference(opened.pipeline);
  SALESTREAM_ASSIGN(opened.records, opened.pipeline.store->resends());
  SALESTREAM_ASSIGN(opened.inspection, opened.pipeline.store->inspect());
  return opened;
}

}  // namespace

base::Result<int> list_rejects(const RejectsListArguments& arguments) {
  SALESTREAM_ASSIGN(store::RejectFilter filter, filter_of(arguments.which));
  SALESTREAM_ASSIGN(const Opened opened, open_rejects(arguments.pipeline));
  SALESTREAM_ASSIGN(const rejects::RejectStates states, rejects::RejectStates::read(*opened.records));
  filter.limit = arguments.limit + 1;  // one more tells whether there are more
  std::vector<core::Reject> listed;    // their messages cut to what is shown
  std::vector<rejects::RejectState> listed_states;
  base::JsonWriter json;
  json.begin_array(base::JsonWriter::Layout::kLines);
  std::size_t seen = 0;
  bool has_more = false;
  SALESTREAM_TRY(opened.inspection->scan_rejects(filter, [&](std::span<const core::Reject> page) -> base::Status {
    has_more = page.size() > arguments.limit - seen;
    if (has_more) page = page.first(arguments.limit - seen);
    SALESTREAM_ASSIGN(const auto of_page, states.of(page));
    for (std::size_t i = 0; i < page.size(); ++i) {
      if (arguments.format == Format::kJson) {
        write_reject(json, page[i], of_page[i]);
      } else {
        core::Reject& kept = listed.emplace_back(page[i]);
        kept.message.resize(std::min(kept.message.size(), std::size_t{100}));
        kept.message.shrink_to_fit();
        listed_states.push_back(of_page[i]);
      }
    }
    seen += page.size();
    return json.size_bytes() < (1 << 20) ? base::Status() : print(json.take());
  }));
  if (arguments.format == Format::kJson) {
    SALESTREAM_TRY(print(json.end_array().take() + '\n'));
    return kExitDone;
  }
  if (listed.empty()) {
    SALESTREAM_TRY(print("no rejects\n"));
    return kExitDone;
  }
  std::string text = to_rejects_text(listed, listed_states, style_for(STDOUT_FILENO));
  text += resent_text(listed_states, has_more);
  if (has_more)
    text += fmt::format("{} shown, and there are more: --limit lists more of them, and export writes all\n",
                        count_of(static_cast<std::int64_t>(listed.size()), "reject"));
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

base::Result<int> show_reject(const RejectsShowArguments& arguments) {
  SALESTREAM_ASSIGN(const store::RejectPlace place, parse_place(arguments.place));
  SALESTREAM_ASSIGN(const Opened opened, open_rejects(arguments.pipeline));
  std::optional<core::Reject> found;
  SALESTREAM_TRY(opened.inspection->scan_rejects(
      {.partition = place.partition, .from = place.offset, .end = place.offset + 1, .limit = 1},
      [&](std::span<const core::Reject> page) -> base::Status {
        found = page.front();
        return {};
      }));
  if (!found)
    return base::failure(
        fmt::format("there is no reject at {}; `salestream rejects list {}` shows where there are some",
                    arguments.place, for_terminal(arguments.pipeline.file)));
  if (arguments.raw) {
    if (found->is_null)
      return base::failure(fmt::format("the message at {} is null: it has no bytes to print", arguments.place));
    SALESTREAM_TRY(print(found->message));
    return kExitDone;
  }
  SALESTREAM_ASSIGN(const rejects::RejectStates states, rejects::RejectStates::read(*opened.records));
  SALESTREAM_ASSIGN(const auto state, states.of({&*found, 1}));
  SALESTREAM_TRY(print(to_reject_text(*found, state.front())));
  return kExitDone;
}

base::Result<int> export_rejects(const RejectsExportArguments& arguments) {
  SALESTREAM_ASSIGN(const store::RejectFilter filter, filter_of(arguments.which));
  SALESTREAM_ASSIGN(const Opened opened, open_rejects(arguments.pipeline));
  std::optional<base::WholeFile> file;
  if (arguments.out != "-") {
    SALESTREAM_ASSIGN(base::WholeFile opened_file, base::WholeFile::open(arguments.out, "--out"));
    file.emplace(std::move(opened_file));
  }
  std::int64_t count = 0;
  SALESTREAM_TRY(opened.inspection->scan_rejects(filter, [&](std::span<const core::Reject> page) -> base::Status {
    std::string lines;
    for (const core::Reject& reject : page) lines += reject_line(reject) + '\n';
    count += static_cast<std::int64_t>(page.size());
    return file ? file->write(lines) : print(lines);
  }));
  if (file) {
    SALESTREAM_TRY(file->finish());
    base::log_info(fmt::format("{} in {}", count_of(count, "reject"), for_terminal(arguments.out)));
  }
  return kExitDone;
}

}  // namespace salestream::cli
