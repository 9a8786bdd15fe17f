// SPDX-License-Identifier: Apache-2.0
#include "generate/truth.h"

#include <simdjson.h>

#include <algorithm>
#include <set>

#include "base/json_writer.h"

namespace salestream::generate {
namespace {

std::string digits(__int128 n) {
  std::string out;
  const bool negative = n < 0;
  do {
    const auto digit = static_cast<int>(n % 10);
    out += static_cast<char>('0' + (negative ? -digit : digit));
    n /= 10;
  } while (n != 0);
  if (negative) out += '-';
  return {out.rbegin(), out.rend()};
}

std::string amount(__int128 cents) {
  const auto rest = static_cast<int>(cents % 100);
  return digits(cents / 100) + '.' + static_cast<char>('0' + rest / 10) + static_cast<char>('0' + rest % 10);
}

// Whole digits with `fraction_digits` behind a point, as a whole number of the last digit's unit. What is read here was
// written here; anything else is an error.
bool read_amount(std::string_view text, int fraction_digits, __int128& out) {
  const std::size_t point = fraction_digits > 0 ? text.find('.') : text.size();
  if (point == 0 || point > text.size() || text.size() > 36) return false;
  if (fraction_digits > 0 && text.size() - point - 1 != static_cast<std::size_t>(fraction_digits)) return false;
  out = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (i == point && fraction_digits > 0) continue;
    if (text[i] < '0' || text[i] > '9') return false;
    out = out * 10 + (text[i] - '0');
  }
  return true;
}

}  // namespace

Truth::Truth(const core::Definition& definition, const Catalogue& catalogue)
    : pipeline_(definition.pipeline),
      has_price_(definition.order.price.has_value()),
      checks_total_(definition.order.total && has_price_),
      deduplicates_(definition.deduplicate.has_value()),
      wrong_total_(definition.wrong_total),
      max_message_bytes_(definition.max_message_bytes) {
  const std::set<std::string> keep(definition.keep_products.begin(), definition.keep_products.end());
  for (std::uint32_t product = 0; product < catalogue.size(); ++product) {
    names_.push_back(catalogue.name(product));
    kept_.push_back(keep.empty() || keep.count(names_.back()) > 0);
  }
  if (definition.has_windows()) windows_ = calendar::Windows::of(definition);
  for (const core::TotalsTable& totals : definition.totals) {
    Table& table = tables_.emplace_back();
    table.name = totals.name;
    table.by = totals.by;
    table.has_product = std::count(table.by.begin(), table.by.end(), core::Dimension::kProduct) > 0;
    if (table.by == std::vector{core::Dimension::kProduct}) table.by_product.resize(catalogue.size());
  }
}

void Truth::add_to(Sums& sums, const Sums& more) {
  sums.revenue_cents += more.revenue_cents;
  sums.units += more.units;
  sums.orders += more.orders;
}

void Truth::add(const MessageGenerator& generator, const GeneratedMessage& message) {
  ++counts_.messages;
  counts_.duplicates += message.duplicate;
  counts_.late += message.late;
  const bool wrong_total = message.wrong_total && checks_total_;
  if (message.malformed || message.size > max_message_bytes_ ||
      (wrong_total && wrong_total_ == core::WrongTotal::kReject)) {
    ++counts_.rejects;
    return;
  }
  // Its first copy stands at most kMaxDuplicateDistance messages before it, which every window reaches that is allowed
  // here.
  if (message.duplicate && deduplicates_) return;
  ++counts_.orders;
  counts_.wrong_totals += wrong_total;
  add_order(generator.order());
}

void Truth::add_order(const GeneratedOrder& order) {
  for (Table& table : tables_) {
    for (int i = 0; i < order.item_count; ++i) {
      const GeneratedItem& item = order.items[i];
      if (!kept_[item.product]) continue;

      // A row counts an order once, however often its key stands in it.
      bool is_first = true;
      for (int j = 0; j < i; ++j) {
        const GeneratedItem& before = order.items[j];
        if (kept_[before.product] && (!table.has_product || before.product == item.product)) is_first = false;
      }
      Sums more;
      more.revenue_cents = has_price_ ? static_cast<__int128>(item.quantity) * item.price_cents : 0;
      more.units = item.quantity;
      more.orders = is_first ? 1 : 0;

      if (!table.by_product.empty()) {
        add_to(table.by_product[item.product], more);
      } else {
        add_to(table.by_key[key_of(table, order, item.product)], more);
      }
    }
  }
}

std::string Truth::key_of(const Table& table, const GeneratedOrder& order, std::uint32_t product) {
  std::vector<std::string_view> values;
  for (const core::Dimension dimension : table.by) {
    if (dimension == core::Dimension::kProduct)
      values.push_back(names_[product]);
    else if (dimension == core::Dimension::kClient)
      values.push_back(order.client_text());
    else  // its text names no zone
      values.push_back(windows_->name_of(dimension.window, {order.time_s, true}));
  }
  return core::make_key(values);
}

std::map<Truth::Key, Truth::Sums> Truth::rows(const Table& table) const {
  std::map<Key, Sums> rows = table.earlier;
  for (std::size_t product = 0; product < table.by_product.size(); ++product)
    if (table.by_product[product].orders > 0) add_to(rows[{names_[product]}], table.by_product[product]);
  for (const auto& [key, sums] : table.by_key) add_to(rows[core::split_key(key, table.by.size())], sums);
  return rows;
}

std::string Truth::to_json() const {
  constexpr auto kLines = base::JsonWriter::Layout::kLines;
  base::JsonWriter json;
  json.begin_object(kLines).member("pipeline", pipeline_).member("messages", counts_.messages);
  json.member("orders", counts_.orders).member("rejects", counts_.rejects);
  json.member("wrong_totals", counts_.wrong_totals).member("duplicates", counts_.duplicates);
  json.member("late", counts_.late).key("tables").begin_object(kLines);
  for (const Table& table : tables_) {
    json.key(table.name).begin_array(kLines);
    for (const auto& [key, sums] : rows(table)) {
      json.begin_object().key("key").begin_array();
      for (const std::string& value : key) json.string(value);
      json.end_array().member("revenue", amount(sums.revenue_cents)).member("units", digits(sums.units));
      json.member("orders", sums.orders).end_object();
    }
    json.end_array();
  }
  return json.end_object().end_object().take() + '\n';
}

base::Status Truth::add_json(std::string_view text) {
  simdjson::dom::parser parser;
  simdjson::dom::object root;
  if (parser.parse(simdjson::padded_string(text)).get(root))
    return base::failure("this is not JSON as produce --truth writes it");

  std::string_view pipeline;
  if (root["pipeline"].get(pipeline)) return base::failure("the field pipeline is missing");
  if (pipeline != pipeline_)
    return base::failure("it is the truth of pipeline '" + std::string(pipeline) + "', not of '" + pipeline_ + "'");

  Counts counts = counts_;
  const std::pair<const char*, std::int64_t*> fields[] = {
      {"messages", &counts.messages},         {"orders", &counts.orders},         {"rejects", &counts.rejects},
      {"wrong_totals", &counts.wrong_totals}, {"duplicates", &counts.duplicates}, {"late", &counts.late}};
  for (const auto& [name, value] : fields) {
    std::int64_t n = 0;
    if (root[name].get(n)) return base::failure(std::string("the field ") + name + " is missing or no whole number");
    *value += n;
  }

  std::vector<std::map<Key, Sums>> more(tables_.size());
  for (std::size_t i = 0; i < tables_.size(); ++i) {
    simdjson::dom::array rows;
    // operator[] looks a name up, dots and slashes included.
    if (root["tables"][tables_[i].name].get(rows)) return base::failure("it has no table '" + tables_[i].name + "'");
    for (const simdjson::dom::element row : rows) {
      Key key;
      Sums sums;
      simdjson::dom::array key_values;
      std::string_view revenue, units;
      if (row["key"].get(key_values) || row["revenue"].get(revenue) || row["units"].get(units) ||
          row["orders"].get(sums.orders) || !read_amount(revenue, 2, sums.revenue_cents) ||
          !read_amount(units, 0, sums.units))
        return base::failure("a row of the table '" + tables_[i].name + "' is not as produce --truth writes it");
      for (const simdjson::dom::element value : key_values) {
        std::string_view part;
        if (value.get(part)) return base::failure("a key of the table '" + tables_[i].name + "' has no strings");
        key.emplace_back(part);
      }
      if (key.size() != tables_[i].by.size())
        return base::failure("a key of the table '" + tables_[i].name + "' has not a value for each name in `by`");
      add_to(more[i][key], sums);
    }
  }
  counts_ = counts;
  for (std::size_t i = 0; i < tables_.size(); ++i)
    for (const auto& [key, sums] : more[i]) add_to(tables_[i].earlier[key], sums);
  return {};
}

}  // namespace salestream::generate
