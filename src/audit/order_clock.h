// SPDX-License-Identifier: Apache-2.0
// The time of an order and the windows it falls in, written from docs/orders.md and docs/pipeline-file.md for the
// audit, without a line of what `run` uses. One instance a thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/definition.h"

namespace date {
class time_zone;
}

namespace salestream::audit {

// Whole seconds since 1970-01-01 00:00: of UTC, or of the clock of the pipeline's zone when the message names none.
struct Moment {
  std::int64_t seconds = 0;
  bool is_of_zone = false;
};

std::optional<Moment> moment_of_text(std::string_view text);
// In a unit by its size, or in the one that is named.
std::optional<Moment> moment_of_number(std::string_view json_number, core::TimeUnit unit = core::TimeUnit::kBySize);
// Where numbers have a unit: any text that is a number is one, and all others are times as ever.
std::optional<Moment> moment_of_text_in(std::string_view text, core::TimeUnit unit);

// Days since 1970-01-01, in the years 0001 to 9999.
std::optional<std::int32_t> day_of_text(std::string_view text);  // 2024-11-03
std::optional<std::int32_t> day_of_number(std::string_view json_number);
std::string text_of_day(std::int32_t since_1970);

class OrderClock {
 public:
  // The zone is there: the reader of the pipeline file has checked it.
  explicit OrderClock(const core::Definition& definition);

  std::string window(core::Window unit, const Moment& moment) const;

 private:
  const date::time_zone* zone_;
};

}  // namespace salestream::audit
