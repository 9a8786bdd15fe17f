// SPDX-License-Identifier: Apache-2.0
// The part of salestream that runs inside Spark (spark-sink/), as the jar that `spark submit` sends. Any thread.
#pragma once

#include <string_view>

namespace salestream::spark {

std::string_view sink_jar();

}  // namespace salestream::spark
