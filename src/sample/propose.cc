// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "base/logging.h"
#include "sample/choose.h"
#include "sample/line_items.h"
#include "sample/money.h"
#include "sample/proposal.h"
#include "sample/propose_fields.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMostPlaces = 4;
constexpr std::size_t kGoodForEachBad = 20;  // orders with a time, for a table by day
constexpr std::size_t kMostCurrencies = 8, kCurrencyBytes = 3;
constexpr std::size_t kMaxShownNames = 20, kMaxShownNameBytes = 60;
constexpr const char* kNoCurrency = "XXX";  // ISO 4217's own code for that
constexpr const char* kNoProduct = "?";

std::string of_objects(std::size_t count, std::size_t all, const char* what) {
  return fmt::format("{} of {} {}", count, all, what);
}

Place place_of(const Cover& cover) {
  Place place;
  for (const SeenField* const field : cover.fields) place.paths.push_back(field->path);
  return place;
}

std::size_t negatives_in(const Cover& cover) {
  std::size_t count = 0;
  for (const SeenField* const field : cover.fields) count += field->negatives;
  return count;
}

// Fills a Proposal, part by part; each takes the fields that it names.
class Proposer {
 public:
  Proposer(LineItems items, Scope of_orders, Scope of_items)
      : items_(std::move(items)), of_orders_(std::move(of_orders)), of_items_(std::move(of_items)) {}

  Proposal propose() {
    out_.items = items_.path;
    out_.items_comment = items_comment();
    if (items_.quantities) {
      out_.quantity_map = items_.quantities;
      take_in(of_orders_, *items_.quantities);
    } else {
      propose_product();
      propose_currency();
      propose_amounts();
    }
    propose_order();
    propose_fields(of_orders_, of_items_, is_flat(), out_);
    return std::move(out_);
  }

  // Before propose(): a field that conditions use already.
  void add_field(const std::string& name, const core::FieldPath& path, const std::string& condition) {
    Place place{.paths = {path}, .fallback = kNoProduct, .comment = "tells orders from other messages"};
    take_in(of_orders_, path);
    out_.fields.push_back({name, std::move(place)});
    out_.where = condition;
  }

 private:
  bool is_flat() const { return items_.kind == ItemsKind::kMessage; }

  std::string items_comment() const {
    if (items_.kind == ItemsKind::kMessage) return "the message is its own line item";
    if (items_.kind == ItemsKind::kObject) return "one object: the only line item";
    if (items_.kind == ItemsKind::kJsonText) return "a text that holds JSON";
    return {};
  }

  // In a flat message the fields of the order and those of its line item are the same.
  void take_in(Scope& scope, const core::FieldPath& path) {
    take(scope, path);
    if (is_flat()) take(&scope == &of_items_ ? of_orders_ : of_items_, path);
  }
  void take_all(Scope& scope, const Cover& cover) {
    for (const SeenField* const field : cover.fields) take_in(scope, field->path);
  }

  void propose_product() {
    const Cover found = cover(candidates(of_items_, Role::kProduct, fits_name), of_items_.objects, kMostPlaces);
    Place place = place_of(found);
    if (found.fields.size() > 1) place.comment = "the first that is there";
    if (found.uncovered > 0) {
      place.fallback = kNoProduct;
      place.comment = of_objects(found.uncovered, of_items_.objects, "line items have none");
    }
    take_all(of_items_, found);
    out_.product = std::move(place);
  }

  void propose_currency() {
    Scope* scope = &of_orders_;
    auto found = cover(candidates(*scope, Role::kCurrency, fits_currency), scope->objects, kMostPlaces);
    if (found.fields.empty() && !is_flat()) {
      scope = &of_items_;
      found = cover(candidates(*scope, Role::kCurrency, fits_currency), scope->objects, kMostPlaces);
    }
    if (2 * found.uncovered > scope->objects) return;
    Place place = place_of(found);
    place.is_of_item = scope == &of_items_;
    if (found.uncovered > 0) place.fallback = kNoCurrency;
    std::string seen;
    for (const auto& [code, count] : found.fields.front()->distinct(kMostCurrencies, kCurrencyBytes))
      seen += fmt::format("{}{}", seen.empty() ? "seen: " : ", ", code);
    place.comment = seen;
    take_all(*scope, found);
    out_.currency = std::move(place);
  }

  // Candidates that are rather this than that.
  std::vector<const SeenField*> rather(Role role, Role other) const {
    std::vector<const SeenField*> found = candidates(of_items_, role, fits_number);
    std::erase_if(found, [&](const SeenField* field) {
      const auto far = distance(role, field->path, 0), other_far = distance(other, field->path, 0);
      return far && other_far && *other_far < *far;
    });
    return found;
  }

  void propose_amounts() {
    propose_quantity(quantities());
    const Cover price = cover(of_one_scale(rather(Role::kPrice, Role::kAmount)), of_items_.objects, kMostPlaces);
    const Cover amount = cover(rather(Role::kAmount, Role::kPrice), of_items_.objects, 1);
    const bool is_amount = !amount.fields.empty() && (price.fields.empty() || is_better_amount(amount, price));
    if (price.fields.empty() && amount.fields.empty()) return;
    propose_money(is_amount ? amount : price, is_amount);
  }

  std::vector<const SeenField*> quantities() const {
    std::vector<const SeenField*> found = candidates(of_items_, Role::kQuantity, fits_number);
    if (!found.empty() || rather(Role::kPrice, Role::kAmount).empty()) return found;
    // "amount" beside a price, and no quantity: how many they are.
    const std::vector<const SeenField*> amounts = rather(Role::kAmount, Role::kPrice);
    if (!amounts.empty() && amounts.front()->is_whole() && squashed(amounts.front()->leaf()) == "amount")
      found.push_back(amounts.front());
    return found;
  }

  // There more often, or as often and nearer, as where a price stands in an object of its own beside what was paid.
  static bool is_better_amount(const Cover& amount, const Cover& price) {
    if (amount.uncovered != price.uncovered) return amount.uncovered < price.uncovered;
    return price.fields.front()->path.steps.size() > amount.fields.front()->path.steps.size();
  }

  // Cents and whole units are not one value.
  static std::vector<const SeenField*> of_one_scale(std::vector<const SeenField*> found) {
    if (found.empty()) return found;
    const bool is_minor = !minor_units_because(*found.front()).empty();
    std::erase_if(found, [&](const SeenField* field) { return minor_units_because(*field).empty() == is_minor; });
    return found;
  }

  void propose_quantity(const std::vector<const SeenField*>& found) {
    Place place;
    if (found.empty()) {
      place = {.paths = {unused_name()}, .fallback = "1", .comment = "no line item has one: each is one unit"};
    } else {
      const Cover one = cover(found, of_items_.objects, 1);
      place = place_of(one);
      if (one.uncovered > 0) {
        place.fallback = "1";
        place.comment = of_objects(one.uncovered, of_items_.objects, "line items have none");
      }
      note_returns(negatives_in(one), "quantity");
      take_all(of_items_, one);
    }
    out_.quantity = std::move(place);
  }

  // What no line item has: a default needs a place, too.
  core::FieldPath unused_name() const {
    std::string name = "quantity";
    while (
        std::ranges::any_of(of_items_.fields, [&](const SeenField& field) { return field.path.steps.front() == name; }))
      name += '_';
    return {{name}};
  }

  void propose_money(const Cover& money, bool is_amount) {
    Place place = place_of(money);
    const std::string because = minor_units_because(*money.fields.front());
    if (is_amount) place.comment = "the line's own amount";
    if (!because.empty()) {
      place.is_scaled_by_currency = out_.currency && !out_.currency->fallback;
      place.scale_digits = place.is_scaled_by_currency ? 0 : 2;
      place.comment = "minor units (cents) are suspected, " + because + "; if not, take `scale` away";
    }
    if (money.uncovered > 0)
      place.comment +=
          (place.comment.empty() ? "" : "; ") +
          of_objects(money.uncovered, of_items_.objects, "line items have none: their orders are rejected");
    note_returns(negatives_in(money), is_amount ? "amount" : "price");
    take_all(of_items_, money);
    (is_amount ? out_.amount : out_.price) = std::move(place);
  }

  void note_returns(std::size_t count, const char* what) {
    if (count == 0) return;
    out_.allow_returns = true;
    out_.returns_comment = fmt::format("a negative {} was seen in {} line items: they take away", what, count);
  }

  void propose_order() {
    out_.id = best(Role::kId, fits_name);
    propose_time();
    out_.total = best(Role::kTotal, fits_number);
    out_.client = best(Role::kClient, fits_name);
  }

  std::optional<Place> best(Role role, Fits fits) {
    const auto found = candidates(of_orders_, role, fits);
    if (found.empty() || 2 * found.front()->there < of_orders_.objects) return std::nullopt;
    take_in(of_orders_, found.front()->path);
    return Place{.paths = {found.front()->path}};
  }

  void propose_time() {
    auto found = candidates(of_orders_, Role::kTime, fits_time);
    if (found.empty()) return;
    const core::TimeUnit unit = times_of(*found.front()).unit;
    std::erase_if(found, [&](const SeenField* field) { return times_of(*field).unit != unit; });
    const Cover times = cover(found, of_orders_.objects, kMostPlaces);
    if (2 * times.uncovered > of_orders_.objects) return;
    Place place = place_of(times);
    place.unit = unit;
    if (unit != core::TimeUnit::kBySize) place.comment = "by the size of its numbers";
    std::size_t bad = times.uncovered;
    for (const SeenField* const field : times.fields) bad += field->there - times_of(*field).count;
    out_.has_days = bad * kGoodForEachBad <= of_orders_.objects;
    if (bad > 0)
      place.comment = of_objects(bad, of_orders_.objects, "orders have none") +
                      (out_.has_days ? ": they are rejected while a table is by day" : ", so no table is by day");
    take_all(of_orders_, times);
    out_.time = std::move(place);
  }

  const LineItems items_;
  Scope of_orders_, of_items_;
  Proposal out_;
};

std::string names_of(const Value& document) {
  std::string out;
  for (std::size_t i = 0; i < document.members.size(); ++i) {
    if (i == kMaxShownNames) return out + ", …";
    out += (i == 0 ? "" : ", ") + base::printable(document.members[i].name, kMaxShownNameBytes);
  }
  return out.empty() ? "nothing" : out;
}

Scope scope_of(const std::vector<const Value*>& objects) { return {fields_of(objects), objects.size(), {}, {}}; }

Scope order_scope(const std::vector<const Value*>& documents, const LineItems& items) {
  std::vector<const Value*> orders;
  for (const std::size_t message : items.messages) orders.push_back(documents[message]);
  Scope scope = scope_of(orders);
  if (items.kind == ItemsKind::kMessage) return scope;
  scope.home = items.path.path().steps;
  scope.home.pop_back();
  take(scope, items.path.path());
  return scope;
}

}  // namespace

base::Result<Proposal> propose(const std::vector<const Value*>& documents, DocumentReader& reader) {
  InnerDocuments inner;
  std::optional<LineItems> items = find_line_items(documents, inner, reader);
  if (!items)
    return base::failure(fmt::format(
        "no line items were found: neither an array of objects, nor an object, nor the messages themselves have "
        "something like a product beside a quantity or a price. The first message has {}. docs/fields.md says how a "
        "pipeline file names them",
        names_of(*documents.front())));
  const auto telling = what_tells_orders(documents, *items);
  Scope of_orders = order_scope(documents, *items), of_items = scope_of(items->items);
  Proposer proposer(*std::move(items), std::move(of_orders), std::move(of_items));
  if (telling) proposer.add_field("type", telling->path, telling->condition);
  return proposer.propose();
}

}  // namespace salestream::sample
