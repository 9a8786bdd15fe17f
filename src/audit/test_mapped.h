// SPDX-License-Identifier: Apache-2.0
// Both decoders of definitions that are not plain, the audit's and the one that `run` counts with, with what they read
// as the same text. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "audit/key_layout.h"
#include "audit/order_clock.h"
#include "audit/order_decoder.h"
#include "audit/test_mapped_cases.h"
#include "calendar/windows.h"
#include "config/pipeline_file.h"
#include "core/key_fields.h"
#include "decode/decoder.h"

namespace salestream::audit::fixture {

inline core::Definition definition_of(const std::string& file, const std::vector<std::string>& by) {
  std::string list, columns;
  for (std::size_t i = 0; i < by.size(); ++i) {
    list += (i == 0 ? "" : ", ") + by[i];
    columns += "c" + std::to_string(i) + ": " + by[i] + ", ";
  }
  const std::string text =
      "pipeline: cases\nsource: {kafka: {topic: orders, bootstrap.servers: nowhere}}\nstore: {sqlite: cases.db}\n" +
      file + "totals: {t: {by: [" + list + "], columns: {" + columns + "units: units}}}\n";
  auto parsed =
      config::parse_pipeline_file(text, "cases.yaml", [](std::string_view) { return std::optional<std::string>(); });
  EXPECT_TRUE(parsed.ok()) << parsed.error().message << '\n' << text;
  return parsed.ok() ? parsed->definition : core::Definition();
}

// What MappedCase::expected says.
class OutcomeText {
 public:
  OutcomeText(const core::Definition& definition, bool has_wrong_total)
      : has_revenue_(definition.order.has_revenue()), text_(has_wrong_total ? "(wrong total) " : "") {}

  void add(const std::vector<std::string>& key, core::Decimal quantity, core::Decimal revenue) {
    text_ += is_first_ ? "" : " | ";
    is_first_ = false;
    for (std::size_t i = 0; i < key.size(); ++i) text_ += (i == 0 ? "" : ", ") + key[i];
    text_ += ": " + core::to_string(quantity, 0);
    if (has_revenue_) text_ += " " + core::to_string(revenue, 0);
  }
  std::string text() const { return is_first_ ? text_ + "no line items" : text_; }

 private:
  const bool has_revenue_;
  std::string text_;
  bool is_first_ = true;
};

// Of an order that changes, what it was and what it is; either may be empty.
inline std::string joined_states(const std::string& before, const std::string& after) {
  return before.empty() ? after : "was " + before + (after.empty() ? "" : "; is " + after);
}

class AuditOutcomes {
 public:
  explicit AuditOutcomes(const core::Definition& definition)
      : definition_(definition), decoder_(definition), layout_(definition), clock_(definition) {}

  std::string of(const MappedCase& message) {
    const std::vector<std::optional<std::string_view>> headers(message.headers.begin(), message.headers.end());
    const auto reason =
        decoder_.read({message.message, false, false, message.key, message.timestamp_ms, headers}, change_);
    if (reason) return core::name_of(*reason);
    if (change_.is_left_out()) return "left out";
    const std::string before = change_.has_before ? text_of(change_.before, -1) : "";
    const std::string after = change_.has_after ? text_of(change_.after, 1) : "";
    return joined_states(before, after);
  }
  // How many bytes its keys count as.
  std::int64_t key_bytes() const {
    std::int64_t bytes = 0;
    const auto add = [&](const PlainOrder& order) {
      for (std::size_t i = 0; i < order.items.size(); ++i) bytes += layout_.item_bytes(order, i);
    };
    if (change_.has_before) add(change_.before);
    if (change_.has_after) add(change_.after);
    return bytes;
  }
  const PlainOrder& order() const { return change_.after; }

 private:
  std::string text_of(const PlainOrder& order, int sign) {
    OutcomeText text(definition_, order.has_wrong_total);
    for (std::size_t i = 0; i < order.items.size(); ++i) {
      const std::string key = layout_.key_of(0, order, i, clock_);
      text.add(core::split_key(key, definition_.totals[0].by.size()),
               core::Decimal::from_scaled(sign * order.items[i].quantity),
               core::Decimal::from_scaled(sign * order.items[i].revenue));
    }
    return text.text();
  }

  const core::Definition definition_;
  OrderDecoder decoder_;
  const KeyLayout layout_;
  const OrderClock clock_;
  PlainChange change_;
};

class RunOutcomes {
 public:
  explicit RunOutcomes(const core::Definition& definition)
      : definition_(definition),
        decoder_(definition),
        fields_(core::KeyFields::of(definition)),
        windows_(calendar::Windows::of(definition)) {}

  std::string of(const MappedCase& message) {
    core::MessageBatch batch;
    core::Message head;
    head.timestamp_ms = message.timestamp_ms;
    std::vector<std::optional<std::string_view>> headers(message.headers.begin(), message.headers.end());
    if (!headers.empty()) headers.resize(definition_.headers().size());
    batch.append(head, message.message, message.key, headers);
    const decode::DecodedBatch& out = decoder_.decode(batch);
    if (!out.rejects.empty()) return core::name_of(out.rejects[0].reason);
    if (!out.left_out.empty()) return "left out";
    std::string before, after;
    key_bytes_ = 0;
    for (const decode::DecodedOrder& order : out.orders) {
      (order.sign < 0 ? before : after) = text_of(out, order);
      key_bytes_ += order.key_bytes;
    }
    return joined_states(before, after);
  }
  std::int64_t key_bytes() const { return key_bytes_; }

 private:
  std::string text_of(const decode::DecodedBatch& out, const decode::DecodedOrder& order) {
    OutcomeText text(definition_, order.wrong_total);
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i)
      text.add(key_of(out, order, i), out.items[i].quantity, out.items[i].revenue);
    return text.text();
  }

  std::vector<std::string> key_of(const decode::DecodedBatch& out, const decode::DecodedOrder& order,
                                  std::uint32_t item) {
    std::vector<std::string> key;
    for (const core::Dimension& dimension : definition_.totals[0].by) {
      const core::KeyPart part = fields_.part(dimension);
      const std::size_t of_item =
          order.key_values_begin + fields_.of_order.size() + (item - order.items_begin) * fields_.of_item.size();
      core::KeyValue value;
      switch (part.from) {
        case core::KeyPart::From::kProduct: value.text = out.items[item].product; break;
        case core::KeyPart::From::kClient: value.text = order.client; break;
        case core::KeyPart::From::kTime: value.time = order.time; break;
        case core::KeyPart::From::kOrderValue: value = out.key_values[order.key_values_begin + part.place]; break;
        case core::KeyPart::From::kItemValue: value = out.key_values[of_item + part.place]; break;
      }
      key.emplace_back(part.window == core::Window::kNone ? value.text : windows_.name_of(part.window, value.time));
    }
    return key;
  }

  const core::Definition definition_;
  decode::Decoder decoder_;
  const core::KeyFields fields_;
  calendar::Windows windows_;
  std::int64_t key_bytes_ = 0;
};

inline std::vector<MappedCases> all_mapped_cases() {
  std::vector<MappedCases> all;
  for (auto& some : {places_cases(), type_cases(), items_cases(), money_cases(), condition_cases(),
                     order_of_faults_cases(), change_cases()})
    all.insert(all.end(), some.begin(), some.end());
  return all;
}

}  // namespace salestream::audit::fixture
