// SPDX-License-Identifier: Apache-2.0
#include "calendar/epoch_units.h"

#include <gmock/gmock.h>

namespace salestream::calendar {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(EpochUnits, SayWhatANumberWouldBe) {
  EXPECT_THAT(
      describe_no_time("63072000000000000"),
      StartsWith("63072000000000000, which would be 1972-01-01 in nanoseconds; without `unit` in the pipeline"));
  EXPECT_THAT(describe_no_time("20030"),
              HasSubstr("would be 2024-11-03 in days, 1970-01-01 in seconds or milliseconds or microseconds or nano"));
  EXPECT_THAT(describe_no_time("0"), HasSubstr("would be 1970-01-01 in days or seconds or milli"));
  EXPECT_THAT(describe_no_time("320000000.5"), HasSubstr("1980-02-21 in seconds, 1970-01-04 in milliseconds"));
  EXPECT_THAT(describe_no_time("-1"), HasSubstr("-1, which is no likely date in any unit"));
  EXPECT_THAT(describe_no_time("1e300"), HasSubstr("no likely date"));
}

TEST(EpochUnits, SayOfATextWhatATimeIs) {
  EXPECT_THAT(describe_no_time("03/11/2024 14:25"), StartsWith("'03/11/2024 14:25', and a time is ISO 8601 such as"));
  EXPECT_THAT(describe_no_time(""), StartsWith("'', and a time"));
  EXPECT_THAT(describe_no_time(std::string(400, '9')), HasSubstr("…"));
}

}  // namespace
}  // namespace salestream::calendar
