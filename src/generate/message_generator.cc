// SPDX-License-Identifier: Apache-2.0
#include "generate/message_generator.h"

#include <algorithm>
#include <cstring>

namespace salestream::generate {
namespace {

std::size_t append_text(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

}  // namespace

base::Result<MessageGenerator> MessageGenerator::create(const core::Definition& definition,
                                                        const GeneratorProfile& profile, const Faults& faults,
                                                        std::uint64_t seed) {
  const auto catalogue = std::make_shared<const Catalogue>(profile);
  if (!definition.is_plain())
    return base::usage_error(
        "no orders can be made up for this pipeline: its values have several places, defaults, scales or units, or it "
        "has fields, conditions, a sign, changes, an amount or a currency. "
        "Send orders of your own: salestream produce --from FILE");
  SALESTREAM_ASSIGN(OrderWriter writer, OrderWriter::create(definition.order, catalogue));
  MessageGenerator generator(definition, profile, faults, seed, std::move(writer));

  using Field = OrderWriter::Field;
  std::vector<Field> fields{Field::kItems, Field::kQuantity};
  // Without its only field, the item would be no object but nothing at all.
  if (!definition.order.product.is_element_itself()) fields.push_back(Field::kProduct);
  if (definition.order.price) fields.push_back(Field::kPrice);
  for (const Field field : fields) {
    SALESTREAM_ASSIGN(OrderWriter without, OrderWriter::create(definition.order, catalogue, field));
    generator.writers_with_a_field_missing_.push_back(std::move(without));
  }
  return generator;
}

MessageGenerator::MessageGenerator(const core::Definition& definition, const GeneratorProfile& profile,
                                   const Faults& faults, std::uint64_t seed, OrderWriter writer)
    : generator_(profile, seed, definition.order.quantity_is_map),
      writer_(std::move(writer)),
      faults_(faults),
      seed_(seed),
      has_price_(definition.order.price.has_value()),
      huge_number_(400, '9') {
  const bool allow_returns = definition.allow_returns;
  for (int i = 0; i < kMalformedCount; ++i) {
    const auto kind = static_cast<Malformed>(i);
    if (kind == Malformed::kNotInMap && !writer_.has_quantity_map()) continue;
    if (kind == Malformed::kNegative && allow_returns) continue;
    malformed_kinds_.push_back(kind);
  }
  max_message_bytes_ = writer_.max_order_bytes() + huge_number_.size() + 64;
}

GeneratedMessage MessageGenerator::write(core::PartitionId partition, core::Offset offset, char* out) {
  GeneratedMessage message;
  if (faults_ == Faults{}) {
    generator_.make(partition, offset, order_);
    message.size = writer_.write(order_, out);
    return message;
  }
  const DrawnFaults drawn = draw_faults(faults_, seed_, partition, offset);
  generator_.make(partition, drawn.origin, order_);
  message.duplicate = drawn.origin != offset;
  if (drawn.late_s > 0) {
    order_.set_time(order_.time_s - drawn.late_s);
    message.late = true;
  }
  if (drawn.wrong_total_cents > 0) {
    order_.total = static_cast<double>(order_.total_cents + drawn.wrong_total_cents) / 100.0;
    message.wrong_total = true;
  }
  if (drawn.malformed) {
    message.malformed = true;
    Random random(seed_, Random::Stream::kMalformed, static_cast<std::uint64_t>(partition),
                  static_cast<std::uint64_t>(drawn.origin));
    message.size = write_malformed(random, out);
  } else {
    message.size = writer_.write(order_, out);
  }
  return message;
}

std::size_t MessageGenerator::write_malformed(Random& random, char* out) {
  const auto pick = [&](auto... choices) {
    const std::string_view all[] = {choices...};
    return all[random.below(sizeof...(choices))];
  };
  const Malformed kind = malformed_kinds_[random.below(malformed_kinds_.size())];
  Flaw flaw;
  flaw.where = Flaw::Where::kQuantity;
  flaw.item = static_cast<int>(random.below(static_cast<std::uint64_t>(order_.item_count)));
  switch (kind) {
    case Malformed::kTruncated: {
      const std::size_t size = writer_.write(order_, out);
      return 1 + random.below(size - 1);
    }
    case Malformed::kInvalidUtf8: {
      // In the first field's name.
      const std::size_t size = writer_.write(order_, out);
      const std::string_view bytes = pick("\xff", "\xc3(", "\xed\xa0\x80", "\xf0\x9f\x92");
      std::memmove(out + 2 + bytes.size(), out + 2, size - 2);
      std::memcpy(out + 2, bytes.data(), bytes.size());
      return size + bytes.size();
    }
    case Malformed::kEmpty: return 0;
    case Malformed::kWrongType: {
      const std::uint64_t choice = random.below(4);
      if (choice == 0) return append_text(pick("[1, 2, 3]", "\"an order\"", "42", "true", "null"), out);
      if (choice == 1) flaw.where = Flaw::Where::kItems;
      if (choice == 2 && has_price_) flaw.where = Flaw::Where::kPrice;
      flaw.text = choice == 1 ? pick("5", "\"Mouse\"", "{}", "true") : pick("true", "[1]", "{\"value\": 1}", "false");
      return writer_.write(order_, out, &flaw);
    }
    case Malformed::kMissingField:
      return writers_with_a_field_missing_[random.below(writers_with_a_field_missing_.size())].write(order_, out);
    case Malformed::kNotJson:
      flaw.text = pick("NaN", "Infinity", "-", "01", "1.", ".5", "+1", "None", "1,5x");
      return writer_.write(order_, out, &flaw);
    case Malformed::kNotANumber:
      flaw.text = pick("\"two\"", "\"\"", "\"1,5\"", "\"1 \\u00d7 2\"");
      return writer_.write(order_, out, &flaw);
    case Malformed::kNegative:
      if (has_price_ && random.below(2) == 0) flaw.where = Flaw::Where::kPrice;
      flaw.text = pick("-1", "-2.5", "-0.01");
      return writer_.write(order_, out, &flaw);
    case Malformed::kHugeNumber: flaw.text = huge_number_; return writer_.write(order_, out, &flaw);
    case Malformed::kNotInMap:
      flaw.where = Flaw::Where::kQuantityOfMapLeftOut;
      return writer_.write(order_, out, &flaw);
    case Malformed::kTrailingGarbage: {
      const std::size_t size = writer_.write(order_, out);
      return size + append_text(pick("}", " x", "{}", ",", " \"\"", "\x01"), out + size);
    }
    case Malformed::kLoneSurrogate:
      flaw.where = Flaw::Where::kProduct;
      flaw.text = pick("\"Mouse \\ud83d\"", "\"\\ude00\"", "\"\\ud83d Mouse\"");
      return writer_.write(order_, out, &flaw);
  }
  return 0;
}

}  // namespace salestream::generate
