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
std::optional<Moment> moment_of_number(std::string_view json_number);

class OrderClock {
 public:
  // The zone is there: the reader of the pipeline file has checked it.
  explicit OrderClock(const core::Definition& definition);

  std::string window(core::Window unit, const Moment& moment) const;

 private:
  const date::time_zone* zone_;
};

}  // namespace salestream::audit
