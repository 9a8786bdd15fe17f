// SPDX-License-Identifier: Apache-2.0
// What stands at (partition, offset) of a generated source: an order in the pipeline's format, or the fault in its
// place. The same bytes whenever and from wherever it is asked for. One instance a thread; it reuses its memory.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "core/definition.h"
#include "generate/faults.h"
#include "generate/order_generator.h"
#include "generate/order_writer.h"

namespace salestream::generate {

// Ways in which a message can't be counted. Each is rejected by the rules of core/order.h in every pipeline it is used
// for, and none has a line feed in it.
enum class Malformed : std::uint8_t {
  kTruncated,
  kInvalidUtf8,
  kEmpty,
  kWrongType,  // of the items, a quantity, a price, or the whole message
  kMissingField,
  kNotJson,     // NaN where a quantity belongs
  kNotANumber,  // a string where a quantity belongs, and no number in it
  kNegative,    // a quantity or a price, unless returns are allowed
  kHugeNumber,  // a quantity of 400 digits
  kNotInMap,    // a product that the quantity map does not have
  kTrailingGarbage,
  kLoneSurrogate,  // in a product's name: half of an emoji
};
inline constexpr int kMalformedCount = static_cast<int>(Malformed::kLoneSurrogate) + 1;

struct GeneratedMessage {
  std::size_t size = 0;
  bool duplicate = false;
  bool malformed = false;
  bool wrong_total = false;  // the order's total has been changed
  bool late = false;
};

class MessageGenerator {
 public:
  // `profile` has passed check().
  static base::Result<MessageGenerator> create(const core::Definition& definition, const GeneratorProfile& profile,
                                               const Faults& faults, std::uint64_t seed);

  std::size_t max_message_bytes() const { return max_message_bytes_; }

  // Writes the message to `out`, where max_message_bytes() have room; no line end.
  GeneratedMessage write(core::PartitionId partition, core::Offset offset, char* out);

  // The order that was written last, also when it was written malformed; its id is the message's key.
  const GeneratedOrder& order() const { return order_; }
  const Catalogue& catalogue() const { return generator_.catalogue(); }

 private:
  MessageGenerator(const core::Definition& definition, const GeneratorProfile& profile, const Faults& faults,
                   std::uint64_t seed, OrderWriter writer);
  std::size_t write_malformed(Random& random, char* out);

  OrderGenerator generator_;
  OrderWriter writer_;
  std::vector<OrderWriter> writers_with_a_field_missing_;
  std::vector<Malformed> malformed_kinds_;  // those that are rejected in this pipeline
  Faults faults_;
  std::uint64_t seed_;
  bool has_price_;
  std::string huge_number_;
  std::size_t max_message_bytes_ = 0;
  GeneratedOrder order_;
};

}  // namespace salestream::generate
