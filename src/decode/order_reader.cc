// SPDX-License-Identifier: Apache-2.0
#include "decode/order_reader.h"

#include <absl/container/flat_hash_map.h>
#include <fmt/format.h>

#include <algorithm>

#include "base/log.h"

namespace salestream::decode {

using core::Decimal;
using core::RejectReason;

namespace {

// As much of a foreign name or value as an error text shows.
constexpr std::size_t kShownBytes = 60;

// An order's own total may differ from the sum of its items by binary floating-point noise, but not by half a cent.
constexpr Decimal kHalfACent = Decimal::from_scaled(Decimal::kScale / 200);

bool is_used(const core::Definition& definition, core::Dimension dimension) {
  return std::any_of(definition.totals.begin(), definition.totals.end(), [&](const core::TotalsTable& table) {
    return std::find(table.by.begin(), table.by.end(), dimension) != table.by.end();
  });
}

const char* kind_of(char first_byte) {
  switch (first_byte) {
    case '{': return "an object";
    case '[': return "an array";
    case '"': return "a string";
    case 't': case 'f': return "a boolean";
    case 'n': return "null";
    default: return "a number";
  }
}

}  // namespace

// Product names to quantities, as the order's object has them. Small ones are searched; from then on hashed, since a
// message of a megabyte must not cost the square of its entries.
class OrderReader::QuantityMap {
 public:
  void clear() {
    entries_.clear();
    index_.clear();
  }
  // False: the name is there already.
  bool insert(std::string_view name, Decimal quantity) {
    if (find(name) != nullptr) return false;
    if (entries_.size() == kSearchedEntries)
      for (std::size_t i = 0; i < entries_.size(); ++i) index_.emplace(entries_[i].first, i);
    if (entries_.size() >= kSearchedEntries) index_.emplace(name, entries_.size());
    entries_.emplace_back(name, quantity);
    return true;
  }
  const Decimal* find(std::string_view name) const {
    if (!index_.empty()) {
      const auto found = index_.find(name);
      return found == index_.end() ? nullptr : &entries_[found->second].second;
    }
    for (const auto& entry : entries_)
      if (entry.first == name) return &entry.second;
    return nullptr;
  }

 private:
  static constexpr std::size_t kSearchedEntries = 16;
  std::vector<std::pair<std::string_view, Decimal>> entries_;
  absl::flat_hash_map<std::string_view, std::size_t> index_;
};

OrderReader::OrderReader(const core::Definition& definition)
    : allow_returns_(definition.allow_returns),
      wrong_total_rejects_(definition.wrong_total == core::WrongTotal::kReject),
      has_price_(definition.order.price.has_value()),
      product_is_element_(definition.order.product.is_element_itself()),
      product_path_(definition.order.product.text()) {
  const core::OrderMapping& order = definition.order;
  order_tree_.add(order.items, Role::kItems, true);
  // Fields that decide nothing are not asked for: an order is no worse for lacking them.
  if (order.total && has_price_) order_tree_.add(*order.total, Role::kTotal, false);
  if (order.client && is_used(definition, core::Dimension::kClient)) order_tree_.add(*order.client, Role::kClient, true);
  if (order.quantity_is_map) {
    order_tree_.add(order.quantity, Role::kQuantityMap, true);
    quantity_map_ = std::make_unique<QuantityMap>();
  } else {
    item_tree_.add(order.quantity, Role::kQuantity, true);
  }
  if (!product_is_element_) item_tree_.add(order.product, Role::kProduct, true);
  if (order.price) item_tree_.add(*order.price, Role::kPrice, true);
}

OrderReader::~OrderReader() = default;

std::optional<Fault> OrderReader::read(Cursor& cursor, char*& arena, std::vector<core::LineItem>& items,
                                       OrderFacts& facts) {
  items_ = &items;
  first_item_ = items.size();
  item_number_ = -1;
  total_.reset();
  client_ = {};
  fault_.reset();
  if (quantity_map_ != nullptr) {
    quantity_map_->clear();
    prices_.clear();
  }

  std::uint64_t seen = 0;
  bool is_json = false;
  if (cursor.peek() == '{') {
    is_json = read_object(cursor, arena, order_tree_.root, Scope::kOrder, seen);
  } else {
    fault(RejectReason::kWrongType, fmt::format("the message is {}, and an order is an object", kind_of(cursor.peek())));
    is_json = cursor.skip_value(arena);
  }
  if (is_json && !cursor.at_end()) is_json = cursor.fail(Syntax::kUnexpectedToken);
  if (!is_json) {
    fault_ = syntax_fault(cursor);
  } else if (!fault_) {
    finish_order(seen, facts);
  }
  if (fault_) items.resize(first_item_);
  return std::move(fault_);
}

// Here stands the opening brace.
bool OrderReader::read_object(Cursor& cursor, char*& arena, const FieldNode& node, Scope scope, std::uint64_t& seen) {
  if (!cursor.enter()) return false;
  cursor.advance();
  if (cursor.peek() == '}') {
    cursor.advance();
    cursor.leave();
    return true;
  }
  // Messages of one producer have their fields in one order: the edge after the last one found is the best guess.
  const std::size_t edge_count = node.edges.size();
  std::size_t guess = 0;
  for (;;) {
    if (cursor.peek() != '"') return cursor.fail(Syntax::kUnexpectedToken);
    const char* quote = cursor.here();
    const FieldEdge* found = nullptr;
    for (std::size_t i = 0; i < edge_count; ++i) {
      const std::size_t at = guess + i < edge_count ? guess + i : guess + i - edge_count;
      if (node.edges[at].name.matches(quote + 1)) {
        found = &node.edges[at];
        guess = at + 1 < edge_count ? at + 1 : 0;
        break;
      }
    }
    std::string_view name;
    if (!cursor.raw_string(name)) return false;
    if (found == nullptr && cursor.has_escape(name)) {
      char* scratch = arena;
      if (!cursor.unescape(quote, name, scratch)) return false;
      for (const FieldEdge& edge : node.edges)
        if (edge.name.equals(name)) found = &edge;
    }
    if (!cursor.expect(':')) return false;
    if (found == nullptr) {
      if (!cursor.skip_value(arena)) return false;
    } else if (!read_field(cursor, arena, *found, scope, seen)) {
      return false;
    }
    if (cursor.peek() == '}') break;
    if (!cursor.expect(',')) return false;
  }
  cursor.advance();
  cursor.leave();
  return true;
}

bool OrderReader::read_field(Cursor& cursor, char*& arena, const FieldEdge& edge, Scope scope, std::uint64_t& seen) {
  const std::uint64_t bit = std::uint64_t{1} << edge.bit;
  if ((seen & bit) != 0) {
    fault(RejectReason::kDuplicateField, fmt::format("{} stands there twice", place(edge.path)));
    return cursor.skip_value(arena);
  }
  seen |= bit;
  switch (edge.role) {
    case Role::kBranch:
      if (cursor.peek() == '{') return read_object(cursor, arena, edge.below.front(), scope, seen);
      fault(RejectReason::kWrongType,
            fmt::format("{} is {}, not an object", place(edge.path), kind_of(cursor.peek())));
      return cursor.skip_value(arena);
    case Role::kTotal: return read_total(cursor, arena);
    case Role::kClient:
      if (!read_text(cursor, arena, edge.path, client_)) return false;
      if (!fault_) check_key(client_, edge.path);
      return true;
    case Role::kItems: return read_items(cursor, arena, edge);
    case Role::kQuantityMap: return read_quantity_map(cursor, arena, edge);
    case Role::kProduct: return read_text(cursor, arena, edge.path, item_.product);
    case Role::kQuantity: return read_number(cursor, arena, edge, item_.quantity);
    case Role::kPrice: return read_number(cursor, arena, edge, item_.price);
  }
  return false;
}

bool OrderReader::read_items(Cursor& cursor, char*& arena, const FieldEdge& edge) {
  if (cursor.peek() != '[') {
    fault(RejectReason::kWrongType, fmt::format("{} is {}, not an array", edge.path, kind_of(cursor.peek())));
    return cursor.skip_value(arena);
  }
  if (!cursor.enter()) return false;
  cursor.advance();
  item_number_ = 0;
  if (cursor.peek() != ']') {
    for (;;) {
      if (!read_item(cursor, arena)) return false;
      ++item_number_;
      if (cursor.peek() == ']') break;
      if (!cursor.expect(',')) return false;
    }
  }
  item_number_ = -1;
  cursor.advance();
  cursor.leave();
  return true;
}

bool OrderReader::read_item(Cursor& cursor, char*& arena) {
  std::uint64_t seen = 0;
  item_ = {};
  if (product_is_element_) {
    if (!read_text(cursor, arena, product_path_, item_.product)) return false;
  } else if (cursor.peek() == '{') {
    if (!read_object(cursor, arena, item_tree_.root, Scope::kItem, seen)) return false;
  } else {
    fault(RejectReason::kWrongType, fmt::format("line item {} is {}, not an object", item_number_ + 1,
                                                kind_of(cursor.peek())));
    return cursor.skip_value(arena);
  }
  if (!fault_) finish_item(seen);
  return true;
}

void OrderReader::finish_item(std::uint64_t seen) {
  if (const std::uint64_t missing = item_tree_.required & ~seen; missing != 0 && !product_is_element_)
    return fault(RejectReason::kMissingField, fmt::format("{} is missing", place(item_tree_.first_missing(seen))));
  check_key(item_.product, product_path_);
  if (item_.price.is_negative() && !allow_returns_)
    return fault(RejectReason::kNegativePrice,
                 fmt::format("the price of '{}' is {}", base::printable(item_.product, kShownBytes),
                             core::to_string(item_.price, 2)));
  core::LineItem item{item_.product, item_.quantity, Decimal()};
  if (quantity_map_ == nullptr) {
    count_revenue(item, item_.price);
  } else if (has_price_) {
    prices_.push_back(item_.price);
  }
  if (!fault_) items_->push_back(item);
}

void OrderReader::count_revenue(core::LineItem& item, Decimal price) {
  if (item.quantity.is_negative() && !allow_returns_)
    return fault(RejectReason::kNegativeQuantity,
                 fmt::format("the quantity of '{}' is {}; `allow_returns: true` in the pipeline file would count it",
                             base::printable(item.product, kShownBytes), core::to_string(item.quantity, 0)));
  if (!has_price_) return;
  const auto revenue = core::multiply(item.quantity, price);
  if (!revenue || !core::within_max_amount(*revenue))
    return fault(RejectReason::kNumberTooLarge,
                 fmt::format("quantity × price of '{}' is beyond 10^18", base::printable(item.product, kShownBytes)));
  item.revenue = *revenue;
}

bool OrderReader::read_quantity_map(Cursor& cursor, char*& arena, const FieldEdge& edge) {
  if (cursor.peek() != '{') {
    fault(RejectReason::kWrongType, fmt::format("{} is {}, not an object", edge.path, kind_of(cursor.peek())));
    return cursor.skip_value(arena);
  }
  if (!cursor.enter()) return false;
  cursor.advance();
  if (cursor.peek() != '}') {
    for (;;) {
      if (cursor.peek() != '"') return cursor.fail(Syntax::kUnexpectedToken);
      std::string_view name;
      Decimal quantity;
      if (!cursor.string(name, arena) || !cursor.expect(':') || !read_number(cursor, arena, edge, quantity)) return false;
      if (!fault_ && !quantity_map_->insert(name, quantity))
        fault(RejectReason::kDuplicateField,
              fmt::format("{} has '{}' twice", edge.path, base::printable(name, kShownBytes)));
      if (cursor.peek() == '}') break;
      if (!cursor.expect(',')) return false;
    }
  }
  cursor.advance();
  cursor.leave();
  return true;
}

bool OrderReader::read_number(Cursor& cursor, char*& arena, const FieldEdge& edge, Decimal& out) {
  core::ParsedNumber number;
  const char first = cursor.peek();
  if (first == '-' || static_cast<unsigned char>(first - '0') < 10) {
    if (!cursor.number(number)) return false;
  } else if (first == '"') {
    // Many producers send money as text, just to keep its digits: that text has to be a JSON number and nothing else.
    std::string_view text;
    if (!cursor.string(text, arena)) return false;
    number = core::parse_number(text);
    if (number.status == core::NumberStatus::kNotANumber) {
      fault(RejectReason::kNotANumber,
            fmt::format("{} is the text \"{}\", not a number", place(edge.path), base::printable(text, kShownBytes)));
      return true;
    }
  } else {
    if (!cursor.skip_value(arena)) return false;
    fault(RejectReason::kWrongType, fmt::format("{} is {}, not a number", place(edge.path), kind_of(first)));
    return true;
  }
  if (number.status == core::NumberStatus::kTooLarge)
    fault(RejectReason::kNumberTooLarge, fmt::format("{} is beyond 10^18", place(edge.path)));
  out = number.value;
  return true;
}

bool OrderReader::read_text(Cursor& cursor, char*& arena, const std::string& path, std::string_view& out) {
  if (cursor.peek() == '"') return cursor.string(out, arena);
  const char first = cursor.peek();
  if (!cursor.skip_value(arena)) return false;
  fault(RejectReason::kWrongType, fmt::format("{} is {}, not a string", place(path), kind_of(first)));
  return true;
}

// The order's own total is only compared with: what can't be compared is a wrong total, not a broken order.
bool OrderReader::read_total(Cursor& cursor, char*& arena) {
  const char first = cursor.peek();
  core::ParsedNumber number;
  if (first == '-' || static_cast<unsigned char>(first - '0') < 10) {
    if (!cursor.number(number)) return false;
  } else if (first == '"') {
    std::string_view text;
    if (!cursor.string(text, arena)) return false;
    number = core::parse_number(text);
  } else {
    if (!cursor.skip_value(arena)) return false;
    if (first == 'n') return true;  // null: the order says nothing of its total
  }
  // Beyond every possible sum, so that it is found to be wrong.
  total_ = number.status == core::NumberStatus::kOk ? number.value : Decimal::from_scaled(core::kMaxAmount.scaled() * 4);
  return true;
}

void OrderReader::look_up_quantities() {
  for (std::size_t i = first_item_; i < items_->size() && !fault_; ++i) {
    core::LineItem& item = (*items_)[i];
    const Decimal* quantity = quantity_map_->find(item.product);
    if (quantity == nullptr)
      return fault(RejectReason::kQuantityMissing, fmt::format("'{}' is not in the quantity map",
                                                               base::printable(item.product, kShownBytes)));
    item.quantity = *quantity;
    count_revenue(item, has_price_ ? prices_[i - first_item_] : Decimal());
  }
}

void OrderReader::finish_order(std::uint64_t seen, OrderFacts& facts) {
  if ((order_tree_.required & ~seen) != 0)
    return fault(RejectReason::kMissingField, fmt::format("{} is missing", order_tree_.first_missing(seen)));
  if (quantity_map_ != nullptr) look_up_quantities();
  if (fault_) return;

  // What is added to any total is bounded by the sums of amounts without their signs.
  Decimal revenue, all_revenue, all_units;
  for (std::size_t i = first_item_; i < items_->size(); ++i) {
    const core::LineItem& item = (*items_)[i];
    const auto amount = [](Decimal d) { return d.is_negative() ? Decimal::from_scaled(-d.scaled()) : d; };
    revenue = Decimal::from_scaled(revenue.scaled() + item.revenue.scaled());
    all_revenue = Decimal::from_scaled(all_revenue.scaled() + amount(item.revenue).scaled());
    all_units = Decimal::from_scaled(all_units.scaled() + amount(item.quantity).scaled());
    if (!core::within_max_amount(all_revenue) || !core::within_max_amount(all_units))
      return fault(RejectReason::kNumberTooLarge, "the order's line items add up to more than 10^18");
  }
  facts.wrong_total = false;
  facts.client = client_;
  if (total_) {
    const Decimal difference = Decimal::from_scaled(revenue.scaled() - total_->scaled());
    facts.wrong_total = difference >= kHalfACent || difference.scaled() <= -kHalfACent.scaled();
    if (facts.wrong_total && wrong_total_rejects_)
      fault(RejectReason::kWrongTotal,
            fmt::format("the line items add up to {}, and the order says something else", core::to_string(revenue, 2)));
  }
}

void OrderReader::check_key(std::string_view value, const std::string& path) {
  if (value.empty()) fault(RejectReason::kEmptyKey, fmt::format("{} is empty", place(path)));
  if (value.size() > core::kMaxKeyBytes)
    fault(RejectReason::kKeyTooLong,
          fmt::format("{} has {} bytes; the most is {}", place(path), value.size(), core::kMaxKeyBytes));
}

void OrderReader::fault(RejectReason reason, std::string detail) {
  if (!fault_) fault_ = Fault{reason, std::move(detail)};
}

std::string OrderReader::place(const std::string& path) const {
  if (item_number_ < 0) return path;
  return path == "." ? fmt::format("line item {}", item_number_ + 1)
                     : fmt::format("{} of line item {}", path, item_number_ + 1);
}

Fault OrderReader::syntax_fault(const Cursor& cursor) const {
  switch (cursor.syntax()) {
    case Syntax::kTooDeep: return {RejectReason::kTooDeep, "objects and arrays stand more than 1024 deep in each other"};
    case Syntax::kEndsTooEarly: return {RejectReason::kInvalidJson, "the message ends in the middle"};
    case Syntax::kBadEscape: return {RejectReason::kInvalidJson, "a string has an escape that JSON does not know"};
    case Syntax::kBadScalar: {
      std::string_view rest = cursor.rest();
      rest = rest.substr(0, rest.find_first_of(",:]} \t\r\n"));
      return {RejectReason::kInvalidJson, fmt::format("'{}' is no JSON value", base::printable(rest, kShownBytes))};
    }
    case Syntax::kUnexpectedToken:
    case Syntax::kOk: break;
  }
  return {RejectReason::kInvalidJson,
          fmt::format("'{}' does not belong there", base::printable(cursor.rest().substr(0, 1), kShownBytes))};
}

}  // namespace salestream::decode
