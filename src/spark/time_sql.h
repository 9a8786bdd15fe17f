// SPDX-License-Identifier: Apache-2.0
// The time of an order (calendar/order_time.h) in Spark SQL. Pure functions; any thread.
#pragma once

#include <string>

namespace salestream::spark {

// SELECTs that follow each other, as two steps: `time_parts(column)` are the columns that `time_at()` reads. The result
// is a TIMESTAMP, NULL where the text or number is no time. The session's time zone must be the pipeline's.
std::string time_parts(const std::string& marked_text);
std::string time_at(const std::string& marked_text);

}  // namespace salestream::spark
