// SPDX-License-Identifier: Apache-2.0
#include "store/resends.h"

#include <charconv>

namespace salestream::store {
namespace {

// Takes a number from the front of `text`.
template <typename Number>
bool take_number(std::string_view& text, Number& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  if (failed != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

bool take_char(std::string_view& text, char wanted) {
  if (!text.starts_with(wanted)) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

const char* name_of(ResendState state) {
  switch (state) {
    case ResendState::kBegun: return "begun";
    case ResendState::kSent: return "sent";
    case ResendState::kNotSent: return "not_sent";
    case ResendState::kUnknown: return "unknown";
  }
  return "";
}

std::optional<ResendState> resend_state_of(std::string_view name) {
  for (const ResendState state :
       {ResendState::kBegun, ResendState::kSent, ResendState::kNotSent, ResendState::kUnknown})
    if (name == name_of(state)) return state;
  return std::nullopt;
}

std::string ends_text(std::span<const PartitionEnd> ends) {
  std::string text;
  for (const PartitionEnd& end : ends)
    text += (text.empty() ? "" : ",") + std::to_string(end.partition) + ":" + std::to_string(end.end);
  return text;
}

std::optional<std::vector<PartitionEnd>> parse_ends(std::string_view text) {
  std::vector<PartitionEnd> ends;
  while (!text.empty()) {
    if (!ends.empty() && !take_char(text, ',')) return std::nullopt;
    PartitionEnd end;
    if (!take_number(text, end.partition) || !take_char(text, ':') || !take_number(text, end.end)) return std::nullopt;
    ends.push_back(end);
  }
  return ends;
}

}  // namespace salestream::store
