// SPDX-License-Identifier: Apache-2.0
#include "spark/time_sql.h"

#include <fmt/format.h>

#include "calendar/order_time.h"

namespace salestream::spark {
namespace {

// Date, hours and minutes, seconds, zone. What no month or day has is left to Spark's cast.
constexpr const char* kIsoTime =
    R"(r'^s([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[Tt ]([0-9]{2}:[0-9]{2})(?::([0-9]{2})(?:[.,][0-9]++)?)?)"
    R"(([Zz]|[+-](?:0[0-9]|1[0-8])(?::?[0-5][0-9]|:[0-5][0-9]:[0-5][0-9])?)?)?\z')";

// A number of any size, or a string of at least ten digits, perhaps with a fraction.
constexpr const char* kEpochTime =
    R"(r'^(?:-?[0-9]{1,499}(?:\.[0-9]{1,499})?(?:[eE][+-]?0*[0-9]{1,3})?|s[0-9]{10,499}(?:\.[0-9]{1,499})?)\z')";

}  // namespace

std::string time_parts(const std::string& text) {
  return fmt::format(R"(regexp_extract({0}, {1}, 1) AS time_date,
    regexp_extract({0}, {1}, 2) AS time_clock,
    regexp_extract({0}, {1}, 3) AS time_second,
    regexp_extract({0}, {1}, 4) AS time_zone,
    CASE WHEN {0} RLIKE {2}
         THEN try_cast(trim(LEADING 's' FROM {0}) AS DECIMAL(38, 17)) END AS time_number)",
                     text, kIsoTime, kEpochTime);
}

std::string time_at() {
  // A text's moment as if its clock were that of UTC; what its zone is ahead comes off.
  const std::string clock =
      "concat(time_date, ' ', if(time_clock = '', '00:00', time_clock), ':', "
      "CASE time_second WHEN '' THEN '00' WHEN '60' THEN '59' ELSE time_second END)";
  const std::string zone = "rpad(translate(time_zone, '+-:Zz', ''), 6, '0')";
  const std::string as_utc = fmt::format("unix_seconds(try_cast(concat({}, 'Z') AS TIMESTAMP))", clock);
  const std::string ahead = fmt::format(
      "(CASE WHEN time_zone LIKE '-%' THEN -1 ELSE 1 END * (3600 * CAST(substr({0}, 1, 2) AS INT) + "
      "60 * CAST(substr({0}, 3, 2) AS INT) + CAST(substr({0}, 5, 2) AS INT)))",
      zone);
  const std::string within = fmt::format("BETWEEN {} AND {}", calendar::kFirstSecond + calendar::kZoneSeconds,
                                         calendar::kLastSecond - calendar::kZoneSeconds);
  const std::string within_of_number =
      fmt::format("BETWEEN {} AND {}", calendar::kFirstEpochSecond, calendar::kEndOfEpochSeconds - 1);
  const std::string of_number =
      "CASE WHEN abs(time_number) < 100000000000 THEN timestamp_seconds(CAST(floor(time_number) AS BIGINT))\n"
      "                  WHEN abs(time_number) < 100000000000000\n"
      "                  THEN timestamp_millis(CAST(floor(time_number) AS BIGINT))\n"
      "                  WHEN abs(time_number) < 100000000000000000\n"
      "                  THEN timestamp_micros(CAST(floor(time_number) AS BIGINT))\n"
      "                  WHEN abs(time_number) < 1000000000000000000000\n"
      "                  THEN timestamp_micros(CAST(floor(floor(time_number) / 1000) AS BIGINT)) END";
  return fmt::format(R"(CASE WHEN time_number IS NOT NULL
         THEN CASE WHEN unix_seconds({0}) {5}
                   THEN {0} END
         WHEN time_date <> '' AND {1} - {2} {3}
         THEN CASE WHEN time_zone = '' THEN try_cast({4} AS TIMESTAMP)
                   ELSE timestamp_seconds({1} - {2}) END END)",
                     of_number, as_utc, ahead, within, clock, within_of_number);
}

}  // namespace salestream::spark
