// SPDX-License-Identifier: Apache-2.0
// The time of an order (calendar/order_time.h) in Spark SQL. Pure functions; any thread.
#pragma once

#include <string>

namespace salestream::spark {

// Columns of two steps that follow each other: `time_parts` of a marked text, and what `time_at` makes of them, a
// TIMESTAMP that is NULL where the text or number is no time. The session's time zone must be the pipeline's.
std::string time_parts(const std::string& marked_text);
std::string time_at();

}  // namespace salestream::spark
