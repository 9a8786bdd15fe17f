// SPDX-License-Identifier: Apache-2.0
// Where `produce` gets its messages: made-up orders, or the lines of a file. Main thread.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "cli/produce/produce.h"
#include "config/pipeline_file.h"

namespace salestream::cli {

enum class FeedState : std::uint8_t { kMessage, kNothingYet, kEnd };

class MessageFeed {
 public:
  virtual ~MessageFeed() = default;

  // Goes to the next message; waits a tenth of a second for it at most.
  virtual base::Result<FeedState> next() = 0;

  // The message; good until the next call of next().
  virtual std::string_view text() const = 0;
  virtual std::optional<std::string_view> key() = 0;

  // The message is on its way.
  virtual void sent() {}

  // All that was sent has arrived: the truth may be written.
  virtual base::Status finish() { return {}; }

  // How much of a file has been read, 0 to 1; negative: unknown.
  virtual double fraction() const { return -1; }

  // What is special about the messages: "seed 7", and how many faults of each kind there were. May be empty.
  virtual std::string before() const { return {}; }
  virtual std::string after() const { return {}; }
};

base::Result<std::unique_ptr<MessageFeed>> make_generated_feed(const ProduceArguments& arguments,
                                                               const core::Definition& definition);
base::Result<std::unique_ptr<MessageFeed>> make_line_feed(const ProduceArguments& arguments,
                                                          const core::Definition& definition);

}  // namespace salestream::cli
