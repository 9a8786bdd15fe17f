// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/text.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/iso_time.h"
#include "base/logging.h"
#include "cli/terminal/text.h"
#include "store/reject_text.h"

namespace salestream::cli {
namespace {

using results::CellType;

constexpr std::size_t kListedBytes = 40;  // of a message, in a table
constexpr std::size_t kListedDetailBytes = 100;
constexpr std::size_t kMaxShownMessageBytes = 64 << 10;  // of the one that is shown

std::string message_text(const core::Reject& reject, std::size_t most_bytes) {
  if (reject.is_null) return "(null)";
  return base::printable(reject.message, most_bytes);
}

std::string time_text(std::int64_t timestamp_ms) { return base::iso_time(timestamp_ms).value_or("-"); }

const char* word_of(rejects::RejectState::Kind kind) {
  switch (kind) {
    case rejects::RejectState::Kind::kKept: return "kept";
    case rejects::RejectState::Kind::kBeingSent: return "being sent";
    case rejects::RejectState::Kind::kPerhapsSent: return "perhaps sent";
    case rejects::RejectState::Kind::kSent: return "sent";
  }
  return "";
}

}  // namespace

std::string place_text(const core::Reject& reject) { return fmt::format("{}:{}", reject.partition, reject.offset); }

std::string state_text(const rejects::RejectState& state) {
  if (state.kind == rejects::RejectState::Kind::kKept) return word_of(state.kind);
  return fmt::format("{} {}", word_of(state.kind), time_text(state.when_ms));
}

std::string to_rejects_text(std::span<const core::Reject> rejects, std::span<const rejects::RejectState> states,
                            TableStyle style) {
  results::Table table;
  table.columns = {{"place", CellType::kText},  {"time", CellType::kText},    {"reason", CellType::kText},
                   {"detail", CellType::kText}, {"message", CellType::kText}, {"state", CellType::kText}};
  for (std::size_t i = 0; i < rejects.size(); ++i)
    table.rows.push_back({place_text(rejects[i]), time_text(rejects[i].timestamp_ms), core::name_of(rejects[i].reason),
                          base::printable(store::noted_detail(rejects[i]), kListedDetailBytes),
                          message_text(rejects[i], kListedBytes), state_text(states[i])});
  style.cut_first = {3, 4};  // detail and message: show has them whole
  return to_console_text(table, style);
}

std::string resent_text(std::span<const rejects::RejectState> states, bool has_more) {
  const auto resent = std::count_if(states.begin(), states.end(), [](const rejects::RejectState& state) {
    return state.kind == rejects::RejectState::Kind::kSent;
  });
  if (resent == 0) return {};
  const auto all = static_cast<std::int64_t>(states.size());
  return fmt::format("{}{}: {} open, {} sent again\n", has_more ? "of the first " : "", count_of(all, "reject"),
                     grouped(all - resent), grouped(resent));
}

void write_reject(base::JsonWriter& json, const core::Reject& reject, const rejects::RejectState& state) {
  const bool is_kept = state.kind == rejects::RejectState::Kind::kKept;
  json.begin_object().member("partition", reject.partition).member("offset", reject.offset);
  json.member("time", base::iso_time(reject.timestamp_ms)).member("reason", core::name_of(reject.reason));
  const std::string detail = store::noted_detail(reject);
  json.member("detail", base::printable(detail, detail.size() * 4));
  json.member("bytes", reject.message.size()).member("is_null", reject.is_null);
  json.member("beginning", reject.is_null ? "" : base::printable(reject.message, kListedBytes));
  json.member("state", word_of(state.kind));
  json.member("state_since", is_kept ? std::nullopt : std::optional(time_text(state.when_ms)));
  json.member("resend", is_kept ? std::nullopt : std::optional(state.resend)).end_object();
}

std::string to_reject_text(const core::Reject& reject, const rejects::RejectState& state) {
  std::string text =
      fmt::format("place    {} (partition:offset)\ntime     {}\nreason   {}\ndetail   {}\nkey      {}\nstate    {}{}\n",
                  place_text(reject), time_text(reject.timestamp_ms), core::name_of(reject.reason),
                  for_terminal(store::noted_detail(reject)), for_terminal(reject.key), state_text(state),
                  state.resend.empty() ? "" : fmt::format(" (resend {})", for_terminal(state.resend)));
  if (reject.is_null) return text + "message  null: no bytes at all\n";
  text += fmt::format("message  {}{}\n", count_of(static_cast<std::int64_t>(reject.message.size()), "byte"),
                      reject.is_cut ? ", of which only these are kept" : "");
  // Line by line, so that a message of many lines can be read.
  std::string_view rest = std::string_view(reject.message).substr(0, kMaxShownMessageBytes);
  while (!rest.empty()) {
    const std::size_t end = std::min(rest.find('\n'), rest.size());
    text += for_terminal(rest.substr(0, end)) + '\n';
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  if (reject.message.size() > kMaxShownMessageBytes)
    text += fmt::format("… and {} more: --raw prints all of them\n",
                        count_of(static_cast<std::int64_t>(reject.message.size() - kMaxShownMessageBytes), "byte"));
  return text;
}

}  // namespace salestream::cli
