// SPDX-License-Identifier: Apache-2.0
#include "sample/propose_fields.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <utility>

#include "sample/names.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMostValues = 8, kLongestValueBytes = 40;
constexpr std::string_view kTypeField = "type";

struct Wanted {
  const char* name;
  std::array<std::string_view, 8> names;  // squashed, the best first
  bool is_of_item;
  const char* fallback;
};

constexpr auto kWanted = std::to_array<Wanted>({
    {"status", {"status", "orderstatus", "financialstatus", "situacao", "statuspedido", "paymentstatus"}, false, "?"},
    {"country", {"countrycode", "country", "pais", "shippingcountry", "billingcountry"}, false, "??"},
    {"channel", {"channel", "canal", "saleschannel", "sourcename", "canalvenda", "marketplace"}, false, "?"},
    {"cancelled_at", {"cancelledat", "canceledat", "canceladoem"}, false, "null"},
    {"test", {"test", "istest"}, false, "false"},
    {"category", {"category", "categoria", "productcategory", "categoryname", "department", "departamento"}, true, "?"},
    {"parent", {"parentitemid", "parentlineitemid", "itempaiid"}, true, "null"},
});

// A value that conditions can have between quotes as it is.
bool is_plain_value(const std::string& text) {
  return std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '.' ||
           c == '-' || c == ' ' || c == '/' || c == ':';
  });
}

const SeenField* find(const Scope& scope, const Wanted& wanted) {
  for (const std::string_view name : wanted.names) {
    if (name.empty()) break;
    const SeenField* found = nullptr;
    for (const SeenField& field : scope.fields) {
      // A time of cancellation may be null in all of a sample.
      if ((!field.is_scalar() && field.there > 0) || squashed(field.leaf()) != name || !is_free(scope, field.path))
        continue;
      if (found == nullptr || field.path.steps.size() < found->path.steps.size()) found = &field;
    }
    if (found != nullptr) return found;
  }
  return nullptr;
}

std::string listed(const std::vector<SeenField::Count>& values) {
  std::string out;
  for (const auto& [text, count] : values) out += fmt::format("{}{} ({})", out.empty() ? "" : ", ", text, count);
  return out;
}

bool is_cancelled(const std::string& status) {
  const std::string word = squashed(status);
  return word.starts_with("cancel") || word == "refunded" || word == "voided" || word == "unpaid" || word == "failed";
}

void suggest(const Wanted& wanted, const std::vector<SeenField::Count>& values, Proposal& proposal) {
  const std::string_view name = wanted.name;
  if (name == "cancelled_at") proposal.suggestions.emplace_back("where: cancelled_at IS NULL");
  if (name == "test") proposal.suggestions.emplace_back("where: NOT test");
  if (name == "parent")
    proposal.suggestions.emplace_back("items_where: parent IS NULL      # where a parent's line already has the price");
  if (name != "status" || values.empty()) return;
  const auto bad = std::ranges::find_if(values, [](const auto& each) { return is_cancelled(each.text); });
  const SeenField::Count& example = bad == values.end() ? values.front() : *bad;
  if (is_plain_value(example.text))
    proposal.suggestions.push_back(
        fmt::format("where: status {} '{}'", bad == values.end() ? "=" : "<>", example.text));
}

void propose_field(Scope& scope, const Wanted& wanted, bool is_flat, Proposal& proposal) {
  const SeenField* const found = find(scope, wanted);
  if (found == nullptr) return;
  const bool is_flag = std::string_view(wanted.name) == "test";
  if (is_flag && found->booleans != found->there) return;
  const auto values = found->distinct(kMostValues, kLongestValueBytes);
  Place place{.paths = {found->path}, .is_of_item = wanted.is_of_item && !is_flat};
  if (found->there < scope.objects || std::string_view(wanted.fallback) == "null" || is_flag)
    place.fallback = wanted.fallback;
  if (is_flag) place.type = "boolean";
  if (!values.empty() && std::string_view(wanted.fallback) != "null") place.comment = "seen: " + listed(values);
  take(scope, found->path);
  suggest(wanted, values, proposal);
  proposal.fields.push_back({wanted.name, std::move(place)});
}

// The values of a field in these documents; nothing: it is not there in all of them, or they are too many.
std::optional<std::set<std::string>> values_in(const SeenField& field, const std::vector<bool>& wanted, bool in) {
  std::set<std::string> values;
  std::size_t count = 0;
  for (const Seen& seen : field.values) {
    if (wanted[seen.object] != in) continue;
    ++count;
    if (seen.value->kind != Kind::kText || !is_plain_value(seen.value->text)) return std::nullopt;
    values.insert(seen.value->text);
    if (values.size() > kMostValues || seen.value->text.size() > kLongestValueBytes) return std::nullopt;
  }
  const auto of_them = static_cast<std::size_t>(std::ranges::count(wanted, in));
  if (in && count < of_them) return std::nullopt;
  return values;
}

std::string condition_of(const std::set<std::string>& values) {
  std::string out;
  for (const std::string& value : values) out += fmt::format("{}'{}'", out.empty() ? "" : ", ", value);
  return fmt::format("{} {}", kTypeField, values.size() == 1 ? "= " + out : "IN (" + out + ")");
}

}  // namespace

void propose_fields(Scope& of_orders, Scope& of_items, bool is_flat, Proposal& proposal) {
  for (const Wanted& wanted : kWanted)
    propose_field(wanted.is_of_item && !is_flat ? of_items : of_orders, wanted, is_flat, proposal);
}

std::optional<Telling> what_tells_orders(const std::vector<const Value*>& documents, const LineItems& items) {
  if (items.messages.size() == documents.size()) return std::nullopt;
  std::vector<bool> is_order(documents.size());
  for (const std::size_t message : items.messages) is_order[message] = true;
  constexpr auto kTypes = std::to_array<std::string_view>(
      {"type", "eventtype", "event", "eventname", "kind", "topic", "action", "tipo", "evento", "messagetype"});
  for (const SeenField& field : fields_of(documents)) {
    if (std::ranges::count(kTypes, squashed(field.leaf())) == 0) continue;
    if (items.kind != ItemsKind::kMessage && !are_apart(field.path, items.path.path())) continue;
    const auto of_orders = values_in(field, is_order, true), of_others = values_in(field, is_order, false);
    if (!of_orders || !of_others || of_orders->empty()) continue;
    if (std::ranges::none_of(*of_orders, [&](const std::string& value) { return of_others->contains(value); }))
      return Telling{field.path, condition_of(*of_orders)};
  }
  return std::nullopt;
}

}  // namespace salestream::sample
