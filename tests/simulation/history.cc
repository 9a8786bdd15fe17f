// SPDX-License-Identifier: Apache-2.0
#include "history.h"

#include <algorithm>
#include <cstdlib>
#include <set>
#include <utility>

namespace salestream::simulation {
namespace {

// The last does not fit into a std::string's own buffer.
const std::array<std::string, 3> kProducts{"Mouse", "SSD", "Graphics Card with a long name"};
const std::array<std::string, 2> kClients{"ana", "bia"};

core::Definition base_definition() {
  const auto path = [](const char* name) { return core::FieldPath{{name}}; };
  core::Definition d;
  d.pipeline = "simulation";
  d.order.client = path("client");
  d.order.total = path("total");
  d.order.items = path("items");
  d.order.product = path("product");
  d.order.quantity = path("quantity");
  d.order.price = path("price");
  using core::Dimension;
  using core::Measure;
  d.totals.push_back({"product_sales",
                      {Dimension::kProduct},
                      {{"product", Dimension::kProduct},
                       {"sales", Measure::kRevenue},
                       {"sold", Measure::kUnits},
                       {"orders", Measure::kOrders}}});
  return d;
}

std::vector<Case> make_cases() {
  std::vector<Case> all(4);
  all[0].definition = base_definition();
  all[0].keys = {{kProducts.begin(), kProducts.end()}};
  all[1].definition = base_definition();
  all[1].definition.keep_products = {kProducts[0], kProducts[2]};
  all[1].definition.totals.push_back({"by_client",
                                      {core::Dimension::kClient, core::Dimension::kProduct},
                                      {{"client", core::Dimension::kClient},
                                       {"product", core::Dimension::kProduct},
                                       {"units", core::Measure::kUnits},
                                       {"orders", core::Measure::kOrders},
                                       {"revenue", core::Measure::kRevenue}}});
  all[1].definition.allow_returns = true;  // totals go down as well: of two sums the greater is not always the newer
  all[1].keys = {{kProducts.begin(), kProducts.end()}, {}};
  for (const std::string& client : kClients)
    for (const std::string& product : kProducts) all[1].keys[1].push_back(core::make_key({client, product}));
  all[2] = all[0];
  all[2].definition.order.id = core::FieldPath{{"id"}};
  all[2].definition.deduplicate = core::Deduplicate{.window_messages = 5};
  all[3] = all[1];
  all[3].definition.changes = core::Changes::kDebezium;
  return all;
}

// So many fraction digits of a number that is whole without them.
void append_fixed(std::string& text, std::int64_t number, int fraction_digits) {
  if (number < 0) text += '-';
  std::string digits = std::to_string(std::abs(number));
  const auto least = static_cast<std::size_t>(fraction_digits) + 1;
  if (digits.size() < least) digits.insert(0, least - digits.size(), '0');
  digits.insert(digits.size() - static_cast<std::size_t>(fraction_digits), 1, '.');
  text += digits;
}

constexpr core::Decimal::Int128 kScaledHalf = core::Decimal::kScale / 2;
constexpr core::Decimal::Int128 kScaledCent = core::Decimal::kScale / 100;

}  // namespace

const std::vector<Case>& cases() {
  static const std::vector<Case> all = make_cases();
  return all;
}

std::optional<std::uint32_t> Case::key_index(std::uint32_t table, std::string_view key) const {
  const auto found = std::find(keys[table].begin(), keys[table].end(), key);
  if (found == keys[table].end()) return std::nullopt;
  return static_cast<std::uint32_t>(found - keys[table].begin());
}

const LoggedMessage* History::find(core::PartitionId p, core::Offset offset) const {
  if (p < 0 || p >= partitions()) return nullptr;
  for (const LoggedMessage& message : messages(p))
    if (message.offset == offset) return &message;
  return nullptr;
}

core::Offset History::end(core::PartitionId p) const {
  return at(p).messages.empty() ? 0 : at(p).messages.back().offset + 1 + (at(p).ends_in_marker ? 1 : 0);
}

void History::append(core::PartitionId p, Random& random) {
  Partition& partition = partitions_[static_cast<std::size_t>(p)];
  LoggedMessage message;
  message.offset = end(p) + (random.one_in(16) ? 1 : 0);  // compaction leaves holes, and so do transactions
  ++partition.counters.messages;
  using core::RejectReason;
  const bool changes = case_.definition.changes != core::Changes::kAppend;
  switch (random.one_in(6) ? random.between(1, 5) : 0) {
    case 0: changes ? append_change(partition, message, random) : append_order(partition, message, random); break;
    case 1:
      message.is_null = true;
      if (!changes) message.reject = RejectReason::kNullMessage;
      break;
    case 2: message.reject = RejectReason::kEmptyMessage; break;
    case 3: message.reject = RejectReason::kInvalidJson, message.payload = R"({"items": [)"; break;
    case 4:
      message.reject = RejectReason::kEmptyKey;  // one bad line item rejects the order
      message.payload = R"({"id":"a","client":"ana","items":[{"product":"Mouse","quantity":1,"price":1},)"
                        R"({"product":"","quantity":1,"price":1}],"total":0})";
      break;
    default:
      message.reject = RejectReason::kMissingField;
      message.payload = R"({"id":"b","client":"ana","items":[{"product":"Mouse","price":1}],"total":0})";
  }
  if (changes && (message.reject == RejectReason::kEmptyKey || message.reject == RejectReason::kMissingField))
    message.payload = R"({"op":"c","before":null,"after":)" + message.payload + "}";
  partition.ends_in_marker = random.one_in(8);
  if (message.reject) ++partition.counters.rejects[static_cast<std::size_t>(*message.reject)];
  partition.messages.push_back(std::move(message));
}

struct History::Item {
  std::uint32_t product;
  int half_units;
  int cents;
};

// A new order, or a row of changes.
struct History::Order {
  std::uint32_t client = 0;
  std::size_t count = 0;
  std::array<Item, 3> items;
  bool is_wrong = false;  // its own total
  std::string text;
};

History::Order History::make_order(int order_id, Random& random) const {
  Order order;
  order.count = static_cast<std::size_t>(random.between(1, 3));
  order.client = random.below(kClients.size());
  order.text = R"({"id":")" + std::to_string(order_id) + R"(","client":")" + kClients[order.client] + R"(","items":[)";
  std::int64_t total_half_cents = 0;
  for (std::size_t i = 0; i < order.count; ++i) {
    const int least = case_.definition.allow_returns ? -9 : 0;
    order.items[i] = {random.below(kProducts.size()), random.between(least, 9), random.between(0, 9999)};
    const auto& [product, half_units, cents] = order.items[i];
    total_half_cents += static_cast<std::int64_t>(half_units) * cents;
    order.text += i == 0 ? "" : ",";
    order.text.append(R"({"product":")").append(kProducts[product]).append(R"(","quantity":)");
    append_fixed(order.text, half_units * 5, 1);
    order.text += R"(,"price":)";
    append_fixed(order.text, cents, 2);
    order.text += '}';
  }
  order.is_wrong = random.one_in(8);
  if (order.is_wrong) total_half_cents += 200;
  order.text += R"(],"total":)";
  append_fixed(order.text, total_half_cents * 5, 3);
  order.text += '}';
  return order;
}

void History::append_order(Partition& partition, LoggedMessage& message, Random& random) {
  const std::vector<LoggedMessage>& before = partition.messages;
  message.order_id = static_cast<int>(before.size()) + 1;
  // Sent before, in the window or just out of it, and again.
  if (!before.empty() && random.one_in(3))
    message.order_id =
        before[before.size() - 1 - random.below(std::min(8U, static_cast<std::uint32_t>(before.size())))].order_id;
  if (message.order_id == 0) message.order_id = static_cast<int>(before.size()) + 1;
  const Order order = make_order(message.order_id, random);
  message.payload = order.text;
  core::Counters& counters = partition.counters;
  if (const auto& deduplicate = case_.definition.deduplicate) {
    const std::size_t window = std::min(before.size(), static_cast<std::size_t>(deduplicate->window_messages));
    const auto is_same = [&](const LoggedMessage& each) { return each.order_id == message.order_id; };
    if (std::any_of(before.end() - static_cast<std::ptrdiff_t>(window), before.end(), is_same)) {
      ++counters.duplicates;
      return;
    }
  }
  ++counters.orders;
  counters.wrong_totals += order.is_wrong ? 1 : 0;
  count(partition, message.offset, order, 1);
}

// What a row was need not be what one said before: a message is all that is known of it.
void History::append_change(Partition& partition, LoggedMessage& message, Random& random) {
  const int kind = random.between(0, 2);
  const bool has_before = kind > 0, has_after = kind < 2;
  const Order before = make_order(1, random), after = make_order(1, random);
  message.payload = std::string(R"({"op":")") + "cud"[kind] + R"(","before":)" + (has_before ? before.text : "null") +
                    R"(,"after":)" + (has_after ? after.text : "null") + "}";
  ++partition.counters.orders;
  partition.counters.wrong_totals += (has_before && before.is_wrong) || (has_after && after.is_wrong) ? 1 : 0;
  if (has_before) count(partition, message.offset, before, -1);
  if (has_after) count(partition, message.offset, after, 1);
}

void History::count(Partition& partition, core::Offset offset, const Order& order, int sign) {
  partition.counters.items += static_cast<std::int64_t>(order.count);
  const auto& keep = case_.definition.keep_products;
  std::set<std::pair<std::uint32_t, std::uint32_t>> counted;  // (table, key) that have the order already
  for (std::size_t i = 0; i < order.count; ++i) {
    const auto& [product, half_units, cents] = order.items[i];
    if (!keep.empty() && std::find(keep.begin(), keep.end(), kProducts[product]) == keep.end()) continue;
    for (std::uint32_t table = 0; table < case_.keys.size(); ++table) {
      const std::uint32_t key =
          table == 0 ? product : order.client * static_cast<std::uint32_t>(kProducts.size()) + product;
      auto& cells = partition.cells[table][key];
      if (cells.empty() || cells.back().first != offset)
        cells.emplace_back(offset, cells.empty() ? core::Measures{} : cells.back().second);
      core::Measures& sum = cells.back().second;
      if (counted.emplace(table, key).second) sum.orders += sign;
      const core::Decimal::Int128 units = kScaledHalf * half_units * sign;
      const core::Decimal::Int128 revenue = kScaledCent / 2 * half_units * cents * sign;
      sum.units = core::Decimal::from_scaled(sum.units.scaled() + units);
      sum.revenue = core::Decimal::from_scaled(sum.revenue.scaled() + revenue);
    }
  }
}

core::Measures History::total(std::uint32_t table, std::uint32_t key) const {
  core::Measures sum;
  for (const Partition& partition : partitions_) {
    const auto& cells = partition.cells[table][key];
    if (cells.empty()) continue;
    const core::Measures& m = cells.back().second;
    sum.revenue = core::Decimal::from_scaled(sum.revenue.scaled() + m.revenue.scaled());
    sum.units = core::Decimal::from_scaled(sum.units.scaled() + m.units.scaled());
    sum.orders += m.orders;
  }
  return sum;
}

bool History::has_total(std::uint32_t table, std::uint32_t key) const {
  return std::any_of(partitions_.begin(), partitions_.end(),
                     [&](const Partition& p) { return !p.cells[table][key].empty(); });
}

std::optional<core::Measures> History::cell(std::uint32_t table, std::uint32_t key, core::PartitionId p,
                                            core::Offset through) const {
  for (const auto& [offset, measures] : at(p).cells[table][key])
    if (offset == through) return measures;
  return std::nullopt;
}

}  // namespace salestream::simulation
