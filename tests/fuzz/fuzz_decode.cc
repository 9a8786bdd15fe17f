// SPDX-License-Identifier: Apache-2.0
// Any bytes as messages, under three definitions. Three ways must agree: a message means the same alone and among its
// neighbours in a block; what is JSON is decided as simdjson's DOM decides it, which shares no code with our second
// stage, halves of surrogate pairs apart; and the audit's decoder, which shares no code with either, finds the same
// order or the same reason to reject.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/plain_decoder.h"
#include "decode/decoder.h"

namespace {

using namespace salestream;
using core::Dimension;
using core::FieldPath;
using core::Measure;
using core::RejectReason;

std::vector<core::Definition> definitions() {
  std::vector<core::Definition> all(3);
  all[0].order.total = FieldPath{{"total_value"}};
  all[0].order.items = {{"products"}};
  all[0].order.product = {{"product_name"}};
  all[0].order.quantity = {{"quantity"}};
  all[0].order.price = FieldPath{{"price"}};
  all[1].order.items = {{"p"}};
  all[1].order.quantity_is_map = true;
  all[1].order.quantity = {{"q"}};
  all[2].order.client = FieldPath{{"c", "d"}};
  all[2].order.items = {{"o", "l"}};
  all[2].order.product = {{"a", "n"}};
  all[2].order.quantity = {{"a", "k"}};
  all[2].order.price = FieldPath{{"price"}};
  all[2].allow_returns = true;
  all[0].order.id = FieldPath{{"order_id"}};
  all[0].order.time = FieldPath{{"sale_datetime"}};
  all[0].deduplicate = core::Deduplicate{};
  for (core::Definition& d : all)
    d.totals = {{"t", {d.order.client ? Dimension::kClient : Dimension::kProduct}, {{"x", Measure::kUnits}}}};
  all[0].totals[0].by.push_back(Dimension::kHour);
  return all;
}

struct Outcome {
  std::optional<RejectReason> reason;
  std::string of_order;  // id, client, time, whether its total is wrong
  std::vector<std::string> items;
  bool operator==(const Outcome&) const = default;
};

std::string order_text(std::string_view id, std::string_view client, std::int64_t seconds, bool is_local,
                       bool is_wrong) {
  return std::string(id) + '\0' + std::string(client) + '\0' + std::to_string(seconds) + (is_local ? "l" : "u") +
         (is_wrong ? "w" : "");
}

Outcome plain_outcome(audit::PlainDecoder& decoder, const std::string& message) {
  Outcome outcome;
  audit::PlainOrder order;
  outcome.reason = decoder.read({message}, order);
  if (outcome.reason) return outcome;
  outcome.of_order =
      order_text(order.id, order.client, order.moment.seconds, order.moment.is_of_zone, order.has_wrong_total);
  const auto text = [](audit::Billionths n) { return core::to_string(core::Decimal::from_scaled(n), 0); };
  for (const audit::PlainItem& item : order.items)
    outcome.items.push_back(std::string(item.product) + '\0' + text(item.quantity) + '\0' + text(item.revenue));
  return outcome;
}

std::vector<Outcome> outcomes_of(decode::Decoder& decoder, const std::vector<std::string>& messages) {
  core::MessageBatch batch;
  for (const std::string& message : messages) batch.append({}, message, "");
  const decode::DecodedBatch& out = decoder.decode(batch);
  std::vector<Outcome> outcomes(messages.size());
  std::vector<int> times(messages.size());
  for (const decode::DecodedReject& reject : out.rejects) {
    outcomes.at(reject.message).reason = reject.reason;
    ++times[reject.message];
  }
  for (const decode::DecodedOrder& order : out.orders) {
    ++times.at(order.message);
    outcomes[order.message].of_order =
        order_text(order.id, order.client, order.time.seconds, order.time.is_local, order.wrong_total);
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i)
      outcomes[order.message].items.push_back(std::string(out.items.at(i).product) + '\0' +
                                              core::to_string(out.items[i].quantity, 0) + '\0' +
                                              core::to_string(out.items[i].revenue, 0));
  }
  for (const int count : times)
    if (count != 1) std::abort();  // an order or a rejected message, never both, never neither
  return outcomes;
}

// simdjson refuses half of a surrogate pair, which the grammar has: each half becomes another character.
std::string without_surrogates(std::string message) {
  for (std::size_t at = 0; (at = message.find('\\', at)) != std::string::npos; at += 2) {
    const std::string_view escape = std::string_view(message).substr(at, 6);
    const auto is_one_of = [&](std::size_t place, std::string_view set) {
      return set.find(escape[place]) != std::string_view::npos;
    };
    if (escape.size() == 6 && escape[1] == 'u' && is_one_of(2, "dD") && is_one_of(3, "89abcdefABCDEF"))
      message.replace(at + 2, 2, "00");
  }
  return message;
}

void agree_with_dom(const std::string& message, const Outcome& outcome) {
  static simdjson::dom::parser parser;
  simdjson::dom::element ignored;
  const auto error = parser.parse(without_surrogates(message)).get(ignored);
  const bool says_not_json = outcome.reason == RejectReason::kInvalidJson ||
                             outcome.reason == RejectReason::kInvalidUtf8 ||
                             outcome.reason == RejectReason::kEmptyMessage;
  if (error == simdjson::SUCCESS && says_not_json) std::abort();
  // Numbers beyond its range and deep nesting are no errors of the grammar.
  if (error != simdjson::SUCCESS && error != simdjson::NUMBER_ERROR && error != simdjson::NUMBER_OUT_OF_RANGE &&
      error != simdjson::DEPTH_ERROR && !says_not_json && outcome.reason != RejectReason::kTooDeep &&
      outcome.reason != RejectReason::kMessageTooLarge)
    std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static std::vector<decode::Decoder> decoders = [] {
    std::vector<decode::Decoder> made;
    for (const core::Definition& definition : definitions()) made.emplace_back(definition);
    return made;
  }();
  static const std::vector<core::Definition> all = definitions();
  static std::vector<std::unique_ptr<audit::PlainDecoder>> plain_decoders = [] {
    std::vector<std::unique_ptr<audit::PlainDecoder>> made;
    for (const core::Definition& definition : all) made.push_back(std::make_unique<audit::PlainDecoder>(definition));
    return made;
  }();
  if (size < 1) return 0;
  decode::Decoder& decoder = decoders[data[0] % decoders.size()];
  audit::PlainDecoder& plain_decoder = *plain_decoders[data[0] % decoders.size()];
  // A zero byte, which no JSON text has in it, stands between messages.
  std::vector<std::string> messages(1);
  for (std::size_t i = 1; i < size; ++i) {
    if (data[i] == 0)
      messages.emplace_back();
    else
      messages.back() += static_cast<char>(data[i]);
  }
  const std::vector<Outcome> together = outcomes_of(decoder, messages);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (outcomes_of(decoder, {messages[i]}).front() != together[i]) std::abort();
    agree_with_dom(messages[i], together[i]);
    if (plain_outcome(plain_decoder, messages[i]) != together[i]) std::abort();
  }
  return 0;
}
