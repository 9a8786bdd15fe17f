// SPDX-License-Identifier: Apache-2.0
#include "decode/change_reader.h"

#include <fmt/format.h>

#include <string>
#include <string_view>

namespace salestream::decode {

using core::RejectReason;

namespace {

Fault no_change(std::string detail) { return {RejectReason::kInvalidChange, std::move(detail)}; }

bool is_nothing(const RawValue& value) { return !value.is_there() || value.is_null(); }

// Whether all columns but one are null: PostgreSQL's usual replica identity keeps the key alone.
bool is_key_alone(Cursor& cursor, Token row) {
  int members = 0, values = 0;
  for (Token token = row + 1; cursor.at(token) != '}'; ++members) {
    token += 2;  // the name, and the colon
    values += cursor.at(token) == 'n' ? 0 : 1;
    token = cursor.skip_value(token);
    if (cursor.at(token) == ',') ++token;
  }
  return members > 1 && values <= 1;
}

// Which states a change has, by its `op`.
struct States {
  bool before = false, after = false;
};

std::optional<States> states_of(std::string_view op) {
  if (op == "c" || op == "r") return States{false, true};
  if (op == "u") return States{true, true};
  if (op == "d") return States{true, false};
  return std::nullopt;
}

std::string unknown_operation(std::string_view op) {
  if (op == "t")
    return "op is 't': the table was truncated, and which orders that removed it does not say; have Debezium take a "
           "snapshot into a new topic, and count that";
  return fmt::format("op is '{}', and a change of a row is c, u, d or r", shown_value(op));
}

}  // namespace

ChangeReader::Envelope::Envelope()
    : op(reader.add({{"op"}})), before(reader.add({{"before"}})), after(reader.add({{"after"}})) {}

ChangeReader::ChangeReader(const core::Definition& definition)
    : payload_(outer_.reader.add({{"payload"}})), rows_(definition) {}

std::optional<Fault> ChangeReader::read(Cursor& cursor, Token& first, const MessageFacts& message, DecodedBatch& out) {
  const Token begin = first;
  if (auto fault = skip_document(cursor, first)) return fault;
  const DecodedOrder beginning = out.begin_order();
  const std::size_t first_order = out.orders.size();
  auto fault = read_change(cursor, begin, message, out);
  if (fault) {
    out.orders.resize(first_order);
    out.take_back(beginning);
  }
  return fault;
}

std::optional<Fault> ChangeReader::read_change(Cursor& cursor, Token first, const MessageFacts& message,
                                               DecodedBatch& out) {
  if (cursor.at(first) != '{')
    return Fault{RejectReason::kWrongType,
                 fmt::format("the message is {}, and a change is an object", kind_of(cursor.at(first)))};
  if (auto fault = outer_.reader.read(cursor, first, -1)) return fault;
  const RawValue payload = outer_.reader.value(payload_);
  if (outer_.operation().is_there() || !payload.is_there()) return read_states(cursor, outer_, message, out);
  if (payload.is_null()) return std::nullopt;  // a tombstone with its schema
  if (payload.first != '{')
    return Fault{RejectReason::kWrongType, fmt::format("payload is {}, not an object", kind_of(payload.first))};
  if (auto fault = inner_.reader.read(cursor, payload.token, -1)) return fault;
  return read_states(cursor, inner_, message, out);
}

std::optional<Fault> ChangeReader::read_states(Cursor& cursor, const Envelope& envelope, const MessageFacts& message,
                                               DecodedBatch& out) {
  const RawValue& op = envelope.operation();
  if (is_nothing(op))
    return no_change(
        "op is missing, so this is no change of Debezium's; of messages that are rows leave `changes` out");
  const auto states = op.first == '"' ? states_of(op.text) : std::nullopt;
  if (!states) return no_change(unknown_operation(op.text));
  const auto read_state = [&](std::uint32_t place, const char* name, std::int8_t sign) -> std::optional<Fault> {
    const RawValue& row = envelope.reader.value(place);
    const std::string_view shown = name;
    if (is_nothing(row) && sign < 0)
      return no_change(
          "before is null, so what the row was is not known; in PostgreSQL: ALTER TABLE … REPLICA "
          "IDENTITY FULL, in MySQL: binlog_row_image=FULL");
    if (is_nothing(row)) return no_change(fmt::format("{} is null", shown));
    if (row.first != '{')
      return Fault{RejectReason::kWrongType, fmt::format("{} is {}, not an object", shown, kind_of(row.first))};
    if (sign < 0 && is_key_alone(cursor, row.token))
      return no_change(
          "before has but one column that is not null, so what the row was is not known; in PostgreSQL: "
          "ALTER TABLE … REPLICA IDENTITY FULL");
    auto fault = rows_.read_row(cursor, row.token, message, sign, out);
    if (fault) fault->detail = fmt::format("{}: {}", shown, fault->detail);
    return fault;
  };
  if (states->before)
    if (auto fault = read_state(envelope.before, "before", -1)) return fault;
  if (states->after)
    if (auto fault = read_state(envelope.after, "after", 1)) return fault;
  return std::nullopt;
}

}  // namespace salestream::decode
