// SPDX-License-Identifier: Apache-2.0
// `salestream produce`: from a feed to a sink at a rate, on the main thread; signals on one more.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"
#include "cli/app/pipeline_arguments.h"

namespace salestream::cli {

struct ProduceArguments {
  PipelineArguments pipeline;
  std::int64_t count = 0;  // 0: without end, or all lines of `from`
  std::string rate;        // see parse_rate; empty: kDefaultRate, or max for `from`
  std::optional<std::uint64_t> seed;
  bool key_is_order_id = true;
  std::string out;   // FILE or -, empty: the pipeline's topic
  std::string from;  // FILE or -, empty: orders are generated
  std::string faults;
  std::string truth;
  bool truth_add = false;
  std::string catalogue;
  std::int64_t products = 0;
  std::string start_date;
  std::string wait;  // --wait[=SECONDS] for the broker at the start; see StartWait
};

base::Result<int> produce(const ProduceArguments& arguments);

}  // namespace salestream::cli
