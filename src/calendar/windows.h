// SPDX-License-Identifier: Apache-2.0
// The windows of time that an order falls in, by the clock of a time zone, daylight saving included (the system's IANA
// time zone database). One instance a thread: it remembers the last windows, since orders come in bursts of one time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"
#include "core/definition.h"
#include "core/order.h"

namespace salestream::calendar {

// "2024-11-03": the date of a moment of any zone's clock, within the years of order_time.h.
std::string date_text(std::int64_t local_seconds);

class Windows {
 public:
  // An error says that there is no such zone, and how zones are called. Reads the zone's file once.
  static base::Result<Windows> create(const std::string& timezone);
  // Of the definition's zone, which the pipeline file's reader has found to be there.
  static Windows of(const core::Definition& definition);
  ~Windows();
  Windows(Windows&&) noexcept;
  Windows& operator=(Windows&&) noexcept;

  // The window's name, good until the next call with the same unit. Of a minute or an hour, its first moment with the
  // zone's offset then, "2024-11-03T14:00:00-03:00", so that the hour that daylight saving repeats is two windows; of a
  // day the date, of a week (ISO 8601) the date of its Monday, of a month the date of its first day, "2024-11-01".
  // A local time that the clock skips or has twice is taken with the offset before the change, as java.time does.
  std::string_view name_of(core::Window unit, const core::OrderTime& time);

  // A moment as the windows of minutes and hours write it.
  std::string moment_text(std::int64_t utc_seconds) const;

 private:
  class Zone;
  struct NamedWindow {
    std::int64_t begin = 0;  // by the zone's clock, in seconds since 1970-01-01 00:00
    std::int64_t end = 0;
    std::int64_t offset_seconds = 0;
    std::string name;
  };

  explicit Windows(std::unique_ptr<Zone> zone);

  std::unique_ptr<Zone> zone_;
  std::array<NamedWindow, core::kWindowCount> last_;
};

}  // namespace salestream::calendar
