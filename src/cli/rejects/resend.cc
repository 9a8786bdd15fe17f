// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/resend.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <random>
#include <utility>

#include "base/clock.h"
#include "base/iso_time.h"
#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/app/open_pipeline.h"
#include "cli/app/reading_check.h"
#include "cli/rejects/export_lines.h"
#include "cli/rejects/filter_options.h"
#include "cli/rejects/text.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "rejects/resend.h"

namespace salestream::cli {
namespace {

constexpr std::size_t kListedPlaces = 100;  // of a dry run

// Sorts as it was begun, and is no other's.
std::string new_id() {
  std::random_device random;
  return fmt::format("{}-{:08x}{:08x}", base::iso_time(base::wall_clock_ms()).value_or("?"), random(), random());
}

// The lines of an edited export.
base::Result<std::map<store::RejectPlace, std::optional<rejects::Selection::Edited>>> read_edited(
    const std::string& path) {
  const std::string shown = for_terminal(path);
  std::ifstream in(path, std::ios::binary);
  if (!in) return base::failure(fmt::format("--from {}: cannot be read: {}", shown, std::strerror(errno)));
  std::map<store::RejectPlace, std::optional<rejects::Selection::Edited>> places;
  std::size_t bytes = 0, number = 0;
  for (std::string line; std::getline(in, line);) {
    ++number;
    if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
    auto reject = parse_reject_line(line);
    if (!reject.ok())
      return base::failure(fmt::format("{}:{}: {}. Nothing was sent", shown, number, reject.error().message));
    bytes += reject->key.size() + reject->message.size();
    const bool is_new = places
                            .emplace(store::RejectPlace{reject->partition, reject->offset},
                                     rejects::Selection::Edited{std::move(reject->key), std::move(reject->message)})
                            .second;
    if (!is_new)
      return base::failure(
          fmt::format("{}:{}: the reject at {}:{} stands there a second time, and one reject is one "
                      "order. Nothing was sent",
                      shown, number, reject->partition, reject->offset));
    if (places.size() > rejects::kMaxMessagesPerResend || bytes > rejects::kMaxBytesPerResend)
      return base::failure(
          fmt::format("{}: more than one transaction takes ({} messages, {} MiB): split the file. Nothing "
                      "was sent",
                      shown, rejects::kMaxMessagesPerResend, rejects::kMaxBytesPerResend >> 20));
  }
  if (in.bad()) return base::failure(fmt::format("--from {}: cannot be read: {}", shown, std::strerror(errno)));
  if (places.empty()) return base::failure(fmt::format("--from {}: there is no reject in it. Nothing was sent", shown));
  return places;
}

base::Result<rejects::Selection> selection_of(const RejectsResendArguments& arguments) {
  const int ways = (arguments.places.empty() ? 0 : 1) + (arguments.all ? 1 : 0) + (arguments.reason.empty() ? 0 : 1) +
                   (arguments.from.empty() ? 0 : 1);
  if (ways != 1)
    return base::usage_error(
        "rejects resend needs to be told which: one of PARTITION:OFFSET..., --all, --reason REASON and "
        "--from FILE");
  rejects::Selection selection;
  selection.limit = arguments.limit;
  selection.again = arguments.again;
  if (!arguments.reason.empty()) {
    SALESTREAM_ASSIGN(selection.reason, parse_reason(arguments.reason));
  }
  for (const std::string& text : arguments.places) {
    SALESTREAM_ASSIGN(const store::RejectPlace place, parse_place(text));
    selection.places.emplace(place, std::nullopt);
  }
  if (!arguments.from.empty()) {
    SALESTREAM_ASSIGN(selection.places, read_edited(arguments.from));
  }
  return selection;
}

std::string messages_text(std::size_t count) { return count_of(static_cast<std::int64_t>(count), "message"); }

// What was not sent, and why.
std::string left_out_text(const rejects::SelectedMessages& selected) {
  std::string text;
  const auto say = [&](std::int64_t count, const char* what) {
    if (count > 0) text += fmt::format("left out: {} {}\n", grouped(count), what);
  };
  say(selected.sent_before, "that were sent before");
  say(selected.perhaps_sent, "of which it is not known whether they were sent before (--again sends them)");
  say(selected.null_messages, "null messages, which no order can be; an edited export can put an order there");
  say(selected.cut_messages, "of which the store has only the beginning; an edited export can put all of it there");
  if (selected.has_more) text += "there are more: the same command once more sends those after these\n";
  return text;
}

std::string settled_text(const store::Resend& resend) {
  const std::string begun =
      fmt::format("an earlier resend ({}) was begun {} and did not come to its end: ", for_terminal(resend.id),
                  base::iso_time(resend.begun_ms).value_or("-"));
  const std::string count = messages_text(static_cast<std::size_t>(resend.messages));
  switch (resend.state) {
    case store::ResendState::kSent: return begun + fmt::format("its {} are in the topic, and are marked now", count);
    case store::ResendState::kNotSent: return begun + fmt::format("none of its {} is in the topic", count);
    default: break;
  }
  return begun + fmt::format(
                     "the messages that the topic had then have expired, so whether its {} were sent can't be found "
                     "out; they are not sent again without --again",
                     count);
}

base::Result<int> dry_run(const rejects::Selection& selection, OpenedPipeline& opened, store::ResendRecords& records) {
  SALESTREAM_ASSIGN(const rejects::RejectStates states, rejects::RejectStates::read(records));
  std::string text;
  for (const store::Resend& begun : states.begun())
    text += fmt::format(
        "a resend of {} was begun {} and is under way, or did not come to its end: the next one finds out\n",
        messages_text(static_cast<std::size_t>(begun.messages)), base::iso_time(begun.begun_ms).value_or("-"));
  SALESTREAM_ASSIGN(const auto inspection, opened.store->inspect());
  SALESTREAM_ASSIGN(const rejects::SelectedMessages selected,
                    rejects::select_for_resend(*inspection, records, selection));
  std::vector<core::Reject> shown(
      selected.to_send.begin(),
      selected.to_send.begin() + static_cast<std::ptrdiff_t>(std::min(selected.to_send.size(), kListedPlaces)));
  if (!shown.empty()) {
    SALESTREAM_ASSIGN(const auto shown_states, states.of(shown));
    text += to_rejects_text(shown, shown_states);
  }
  if (selected.to_send.size() > shown.size())
    text += fmt::format("… and {} more\n", grouped(static_cast<std::int64_t>(selected.to_send.size() - shown.size())));
  text += left_out_text(selected);
  text += fmt::format("would send {} to {}; nothing was sent\n", messages_text(selected.to_send.size()),
                      opened.source->where());
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace

base::Result<int> resend_rejects(const RejectsResendArguments& arguments) {
  SALESTREAM_ASSIGN(config::PipelineFile file, load_pipeline(arguments.pipeline));
  SALESTREAM_ASSIGN(const rejects::Selection selection, selection_of(arguments));
  SALESTREAM_ASSIGN(OpenedPipeline opened, open_pipeline(std::move(file)));
  const auto* kafka = std::get_if<source::KafkaOptions>(&opened.file.source);
  if (kafka == nullptr)
    return base::usage_error(
        fmt::format("rejects can be sent again to a Kafka topic only, and this pipeline reads {}; "
                    "`salestream rejects export` writes them to a file",
                    opened.source->where()));
  SALESTREAM_TRY(opened.store->open_for_read());
  SALESTREAM_TRY(check_counted_here(*opened.store, opened.file.definition.pipeline,
                                    "so no rejected message is kept: Spark only counts them"));
  SALESTREAM_ASSIGN(const auto records, opened.store->resends());
  if (arguments.dry_run) return dry_run(selection, opened, *records);

  source::KafkaOptions options = *kafka;
  options.properties.try_emplace("group.id", "salestream");
  SALESTREAM_ASSIGN(const auto topic, rejects::make_kafka_resend_topic(options, opened.file.definition.pipeline,
                                                                       opened.source->identity()));
  const std::string id = new_id();
  const rejects::ResendParts parts{*topic,
                                   *records,
                                   opened.source->identity(),
                                   id,
                                   base::wall_clock_ms,
                                   [&]() -> base::Result<rejects::SelectedMessages> {
                                     SALESTREAM_ASSIGN(const auto inspection, opened.store->inspect());
                                     return rejects::select_for_resend(*inspection, *records, selection);
                                   },
                                   [](const store::Resend& settled) { base::log_info(settled_text(settled)); }};
  SALESTREAM_ASSIGN(const rejects::SelectedMessages sent, rejects::resend(parts));
  std::string text = left_out_text(sent);
  text += sent.to_send.empty() ? std::string("nothing was sent\n")
                               : fmt::format("sent {} to {} (resend {})\n", messages_text(sent.to_send.size()),
                                             opened.source->where(), id);
  SALESTREAM_TRY(print(text));
  return kExitDone;
}

}  // namespace salestream::cli
