// SPDX-License-Identifier: Apache-2.0
// `stop_when_rejects`: a RejectWindow for each of a worker's partitions, and the error that ends a run which takes in
// the wrong thing. Without such a limit nothing is watched. Owned by one worker.
#pragma once

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/cell.h"
#include "core/message.h"
#include "decode/decoder.h"
#include "engine/reject_window.h"

namespace salestream::engine {

class RejectWatch {
 public:
  // `log_name`: for messages.
  RejectWatch(const std::optional<RejectLimit>& limit, std::string log_name)
      : limit_(limit), log_name_(std::move(log_name)) {}

  // A partition that has come; `recall` fills its window with what the store has of it, and may be tried again after a
  // retriable error.
  base::Status assign(core::PartitionId partition, const std::function<base::Status(RejectWindow&)>& recall);
  void forget() { windows_.clear(); }

  // Of a partition, or after another batch. An error: there are more rejects than the limit allows.
  base::Status check(core::PartitionId partition) const;
  base::Status add(const core::MessageBatch& batch, const decode::DecodedBatch& decoded,
                   const std::vector<char>& is_wanted);

 private:
  const std::optional<RejectLimit> limit_;
  const std::string log_name_;
  std::map<core::PartitionId, RejectWindow> windows_;
};

}  // namespace salestream::engine
