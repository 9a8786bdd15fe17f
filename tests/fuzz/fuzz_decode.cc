// SPDX-License-Identifier: Apache-2.0
// Any bytes as messages, under three plain definitions and three with fields and conditions. Three ways must agree: a
// message means the same alone and among its neighbours in a block; what is JSON is decided as simdjson's DOM decides
// it, halves of surrogate pairs apart, which shares no code with our second stage; and the audit's decoder, which
// shares no code with either, finds the same order or the same reason to reject.
#include <simdjson.h>

#include <cstdint>
#include <cstdlib>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "audit/order_decoder.h"
#include "decode/decoder.h"

namespace {

using namespace salestream;
using core::Dimension;
using core::FieldPath;
using core::Measure;
using core::RejectReason;

core::Field named(const char* name, core::FieldScope scope, core::FieldType type, FieldPath path) {
  core::Field field(std::move(path));
  field.name = name;
  field.scope = scope;
  field.type = type;
  return field;
}

core::Dimension by_named(std::uint8_t place, core::Window window = core::Window::kNone) {
  return {{core::FieldIndex::Known::kNamed, place}, window};
}

// Several places, defaults, a scale by currency, fields of every type, both conditions.
core::Definition with_fields() {
  using core::FieldScope, core::FieldType;
  core::Definition d;
  d.order.items = FieldPath{{"p"}};
  d.order.product = FieldPath{{"a"}};
  d.order.product.paths.push_back(FieldPath{{"b", "c"}});
  d.order.quantity = FieldPath{{"q"}};
  d.order.quantity.fallback = "1";
  d.order.price = core::Field(FieldPath{{"r"}});
  d.order.price->is_scaled_by_currency = true;
  d.order.currency = core::Field(FieldPath{{"u"}});
  d.order.total = core::Field(FieldPath{{"s"}});
  d.fields = {named("t", FieldScope::kOrder, FieldType::kText, FieldPath{{"t"}}),
              named("n", FieldScope::kItem, FieldType::kInteger, FieldPath{{"n"}}),
              named("f", FieldScope::kItem, FieldType::kBoolean, FieldPath{{"f"}}),
              named("d", FieldScope::kOrder, FieldType::kDate, FieldPath{{"d"}}),
              named("m", FieldScope::kOrder, FieldType::kTime, FieldPath{{"m"}})};
  d.fields[1].may_be_null = true;
  d.fields[2].fallback = "false";
  d.fields[3].unit = core::TimeUnit::kDays;
  d.fields[4].unit = core::TimeUnit::kMilliseconds;
  d.where = "t <> 'x'";
  d.items_where = "(n IS NULL OR n * 2 > quantity) AND NOT f";
  d.totals = {{"t", {Dimension::kProduct, by_named(0), by_named(2), by_named(3), by_named(4, core::Window::kDay)}, {}}};
  return d;
}

// Line items in a text within arrays, each with an amount of its own.
core::Definition in_a_text() {
  core::Definition d;
  d.order.items.levels = {FieldPath{{"o"}}, FieldPath{{"l"}}};
  d.order.items.is_json_text = true;
  d.order.product = FieldPath{{"a"}};
  d.order.quantity = FieldPath{{"q"}};
  d.order.amount = core::Field(FieldPath{{"r"}});
  d.allow_returns = true;
  d.totals = {{"t", {Dimension::kProduct}, {}}};
  return d;
}

// The same of changes, of rows that have a date each.
core::Definition in_a_change() {
  core::Definition d = in_a_text();
  d.changes = core::Changes::kDebezium;
  d.fields = {named("d", core::FieldScope::kOrder, core::FieldType::kDate, FieldPath{{"d"}})};
  d.where = "d > DATE '2024-01-01'";
  d.sign = "CASE WHEN product = 'Cabo' THEN -1 ELSE quantity END";
  d.totals = {{"t", {Dimension::kProduct, by_named(0)}, {}}};
  return d;
}

// The message is its own line item.
core::Definition in_the_message() {
  core::Definition d;
  d.order.id = core::Field(FieldPath{{"i"}});
  d.order.product = FieldPath{{"a"}};
  d.order.quantity = FieldPath{{"q"}};
  d.order.price = core::Field(FieldPath{{"r"}});
  d.order.time = core::Field(FieldPath{{"m"}});
  d.order.time->unit = core::TimeUnit::kNanoseconds;
  d.deduplicate = core::Deduplicate{};
  d.fields = {named("a", core::FieldScope::kOrder, core::FieldType::kDecimal, FieldPath{{"a"}})};
  d.fields[0].fallback = "7";
  d.totals = {{"t", {Dimension::kProduct, Dimension::kHour, by_named(0)}, {}}};
  return d;
}

std::vector<core::Definition> plain_definitions() {
  std::vector<core::Definition> all(3);
  all[0].order.total = FieldPath{{"total_value"}};
  all[0].order.items = core::FieldPath{{"products"}};
  all[0].order.product = core::FieldPath{{"product_name"}};
  all[0].order.quantity = core::FieldPath{{"quantity"}};
  all[0].order.price = FieldPath{{"price"}};
  all[1].order.items = core::FieldPath{{"p"}};
  all[1].order.quantity_is_map = true;
  all[1].order.quantity = core::FieldPath{{"q"}};
  all[2].order.client = FieldPath{{"c", "d"}};
  all[2].order.items = core::FieldPath{{"o", "l"}};
  all[2].order.product = core::FieldPath{{"a", "n"}};
  all[2].order.quantity = core::FieldPath{{"a", "k"}};
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

std::vector<core::Definition> definitions() {
  std::vector<core::Definition> all = plain_definitions();
  all.push_back(with_fields());
  all.push_back(in_a_text());
  all.push_back(in_the_message());
  all.push_back(in_a_change());
  return all;
}

struct Outcome {
  std::optional<RejectReason> reason;
  bool is_left_out = false;
  std::string of_order;  // id, client, time, whether its total is wrong
  std::vector<std::string> items;
  bool operator==(const Outcome&) const = default;
};

std::string order_text(std::string_view id, std::string_view client, std::int64_t seconds, bool is_local,
                       bool is_wrong) {
  return std::string(id) + '\0' + std::string(client) + '\0' + std::to_string(seconds) + (is_local ? "l" : "u") +
         (is_wrong ? "w" : "");
}

std::string value_text(std::string_view text, std::int64_t seconds) {
  return '\0' + std::string(text) + '@' + std::to_string(seconds);
}

// `sign`: -1 of the state of an order that is no more.
void add_audited(const audit::PlainOrder& order, int sign, Outcome& outcome) {
  outcome.of_order += sign < 0 ? '-' : '+';
  outcome.of_order +=
      order_text(order.id, order.client, order.moment.seconds, order.moment.is_of_zone, order.has_wrong_total);
  const auto text = [](audit::Billionths n) { return core::to_string(core::Decimal::from_scaled(n), 0); };
  for (const audit::PlainKeyValue& value : order.order_values)
    outcome.of_order += value_text(value.text, value.moment.seconds);
  const std::size_t values = order.items.empty() ? 0 : order.item_values.size() / order.items.size();
  for (std::size_t i = 0; i < order.items.size(); ++i) {
    const audit::PlainItem& item = order.items[i];
    outcome.items.push_back(std::string(item.product) + '\0' + text(sign * item.quantity) + '\0' +
                            text(sign * item.revenue));
    for (std::size_t k = i * values; k < (i + 1) * values; ++k)
      outcome.items.back() += value_text(order.item_values[k].text, order.item_values[k].moment.seconds);
  }
}

Outcome audited_outcome(audit::OrderDecoder& decoder, const std::string& message) {
  Outcome outcome;
  audit::PlainChange change;
  outcome.reason = decoder.read({message}, change);
  outcome.is_left_out = !outcome.reason && change.is_left_out();
  if (outcome.reason || outcome.is_left_out) return outcome;
  if (change.has_before) add_audited(change.before, -1, outcome);
  if (change.has_after) add_audited(change.after, 1, outcome);
  return outcome;
}

std::vector<Outcome> outcomes_of(const core::Definition& definition, decode::Decoder& decoder,
                                 const std::vector<std::string>& messages) {
  core::MessageBatch batch;
  for (const std::string& message : messages) batch.append({}, message, "");
  const decode::DecodedBatch& out = decoder.decode(batch);
  std::vector<Outcome> outcomes(messages.size());
  std::vector<int> times(messages.size());
  for (const decode::DecodedReject& reject : out.rejects) {
    outcomes.at(reject.message).reason = reject.reason;
    ++times[reject.message];
  }
  for (const std::uint32_t message : out.left_out) {
    outcomes.at(message).is_left_out = true;
    ++times[message];
  }
  const core::KeyFields fields = core::KeyFields::of(definition);
  for (const decode::DecodedOrder& order : out.orders) {
    const core::KeyValue* value = out.key_values.data() + order.key_values_begin;
    const bool is_second = &order != out.orders.data() && (&order - 1)->message == order.message;
    if (!is_second) ++times.at(order.message);
    if (is_second && (order.sign < 0 || (&order - 1)->sign > 0)) std::abort();  // what it was comes first
    outcomes[order.message].of_order += order.sign < 0 ? '-' : '+';
    outcomes[order.message].of_order +=
        order_text(order.id, order.client, order.time.seconds, order.time.is_local, order.wrong_total);
    for (std::size_t k = 0; k < fields.of_order.size(); ++k, ++value)
      outcomes[order.message].of_order += value_text(value->text, value->time.seconds);
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i) {
      std::vector<std::string>& items = outcomes[order.message].items;
      items.push_back(std::string(out.items.at(i).product) + '\0' + core::to_string(out.items[i].quantity, 0) + '\0' +
                      core::to_string(out.items[i].revenue, 0));
      for (std::size_t k = 0; k < fields.of_item.size(); ++k, ++value)
        items.back() += value_text(value->text, value->time.seconds);
    }
  }
  for (const int count : times)
    if (count != 1) std::abort();  // an order, a rejected message or one left out, never two of them, never none
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
  static const std::vector<core::Definition> all = definitions();
  static std::vector<decode::Decoder> decoders = [] {
    std::vector<decode::Decoder> made;
    for (const core::Definition& definition : all) made.emplace_back(definition);
    return made;
  }();
  static std::vector<std::unique_ptr<audit::OrderDecoder>> audit_decoders = [] {
    std::vector<std::unique_ptr<audit::OrderDecoder>> made;
    for (const core::Definition& definition : all) made.push_back(std::make_unique<audit::OrderDecoder>(definition));
    return made;
  }();
  if (size < 1) return 0;
  const std::size_t which = data[0] % all.size();
  decode::Decoder& decoder = decoders[which];
  // A zero byte, which no JSON text has in it, stands between messages.
  std::vector<std::string> messages(1);
  for (std::size_t i = 1; i < size; ++i) {
    if (data[i] == 0)
      messages.emplace_back();
    else
      messages.back() += static_cast<char>(data[i]);
  }
  const std::vector<Outcome> together = outcomes_of(all[which], decoder, messages);
  for (std::size_t i = 0; i < messages.size(); ++i) {
    if (outcomes_of(all[which], decoder, {messages[i]}).front() != together[i]) std::abort();
    agree_with_dom(messages[i], together[i]);
    if (audited_outcome(*audit_decoders[which], messages[i]) != together[i]) std::abort();
  }
  return 0;
}
