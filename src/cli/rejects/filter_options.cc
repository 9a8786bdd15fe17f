// SPDX-License-Identifier: Apache-2.0
#include "cli/rejects/filter_options.h"

#include <fmt/format.h>

#include <charconv>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

template <typename Number>
bool parse_number(std::string_view text, Number& into) {
  const auto [end, failed] = std::from_chars(text.data(), text.data() + text.size(), into);
  return !text.empty() && failed == std::errc() && end == text.data() + text.size() && into >= 0;
}

}  // namespace

base::Result<core::RejectReason> parse_reason(const std::string& name) {
  std::string known;
  for (int i = 0; i < core::kRejectReasonCount; ++i) {
    const auto reason = static_cast<core::RejectReason>(i);
    if (name == core::name_of(reason)) return reason;
    known += (known.empty() ? "" : ", ") + std::string(core::name_of(reason));
  }
  return base::usage_error(
      fmt::format("--reason {}: no message is rejected for that; there are: {}", for_terminal(name), known));
}

base::Result<store::RejectFilter> filter_of(const RejectArguments& arguments) {
  store::RejectFilter filter;
  if (!arguments.reason.empty()) {
    SALESTREAM_ASSIGN(filter.reason, parse_reason(arguments.reason));
  }
  filter.partition = arguments.partition;
  if (arguments.from_offset) filter.from = *arguments.from_offset;
  if (arguments.to_offset && *arguments.to_offset < filter.end) filter.end = *arguments.to_offset + 1;
  return filter;
}

base::Result<store::RejectPlace> parse_place(const std::string& text) {
  store::RejectPlace place;
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos || !parse_number(std::string_view(text).substr(0, colon), place.partition) ||
      !parse_number(std::string_view(text).substr(colon + 1), place.offset))
    return base::usage_error(
        fmt::format("{}: not the place of a reject; write PARTITION:OFFSET, as in 0:1042", for_terminal(text)));
  return place;
}

}  // namespace salestream::cli
