// SPDX-License-Identifier: Apache-2.0
#include "spark/decode_sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/order.h"
#include "spark/objects.h"
#include "spark/sql_text.h"
#include "spark/time_sql.h"

namespace salestream::spark {
namespace {

using core::Dimension;
using core::Measure;

// Java's regular expressions. Possessive everywhere: neither a deep stack nor time goes into a long message.
constexpr const char* kString = R"(r'"((?:[^"\\]++|\\.)*+")')";
constexpr const char* kNumberOutsideStrings =
    R"(r'\G((?:[^"0-9-]++|"(?:[^"\\]++|\\.)*+")*+))"
    R"((-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?+(?:[eE][+-]?[0-9]++)?+)(?=[ \t\r\n,\]}])')";
// As calendar and core read them, but for sizes that no order has and Java would expand: docs/spark.md.
constexpr const char* kNumber = R"(r'^s?-?(?:0|[1-9][0-9]{0,499})(?:\.[0-9]{1,499})?(?:[eE][+-]?0*[0-9]{1,3})?\z')";
constexpr const char* kAnyNumber = R"(r'^s?-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][+-]?[0-9]++)?\z')";
// Up to the escape of half a surrogate pair, and that; other escapes and whole pairs are passed over.
constexpr const char* kLoneSurrogate =
    R"(r'\G((?:[^\\]++|\\(?:[^u]|u(?![dD][89a-fA-F])|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}))*+))"
    R"(\\(u[dD][89a-fA-F][0-9a-fA-F]{2})')";
constexpr const char* kStringWithLoneSurrogate = R"(r'"s((?:[^"\\\x01]++|\\.)*+\x01)')";

constexpr const char* kBillionth = "1000000000";
constexpr const char* kMostBillionths = "1000000000000000000000000000BD";  // 10^18
constexpr const char* kHalfACent = "5000000";

// To nine fraction digits, half to even; NULL: no number, or one too large to be told.
std::string number(const std::string& marked_text) {
  return fmt::format(
      "CASE WHEN {0} RLIKE {1} THEN bround(try_cast(trim(LEADING 's' FROM {0}) AS DECIMAL(38, 18)), 9) END",
      marked_text, kNumber);
}

// Whole numbers, so that Spark's rules for the scale of a product of decimals take no digit away.
std::string billionths(const std::string& decimal) {
  return fmt::format("try_cast({} * {} AS DECIMAL(28, 0))", decimal, kBillionth);
}

// What is wrong with a value; NULL: nothing.
std::string number_fault(const std::string& marked_text, const std::string& decimal) {
  return fmt::format(
      "CASE WHEN abs({1}) <= 1000000000000000000 THEN NULL "
      "WHEN {0} IS NULL OR left({0}, 1) IN ('t', 'f', '{{', '[') THEN 'wrong_type' "
      "WHEN {0} RLIKE {2} THEN 'number_too_large' ELSE 'not_a_number' END",
      marked_text, decimal, kAnyNumber);
}

std::string key_fault(const std::string& marked_text) {
  return fmt::format(
      "CASE WHEN left({0}, 1) = 'u' THEN 'lone_surrogate' "
      "WHEN {0} IS NULL OR left({0}, 1) <> 's' THEN 'wrong_type' WHEN {0} = 's' THEN 'empty_key' "
      "WHEN octet_length({0}) > {1} THEN 'key_too_long' END",
      marked_text, core::kMaxKeyBytes + 1);
}

std::string lines(const std::vector<std::string>& texts, const char* indent) {
  std::string out;
  for (const std::string& text : texts) out += "\n" + std::string(indent) + text;
  return out;
}

bool counts_orders_by_product(const core::Definition& definition) {
  for (const core::TotalsTable& table : definition.totals)
    for (const core::Column& column : table.columns)
      if (const auto* measure = std::get_if<Measure>(&column.shows);
          measure != nullptr && *measure == Measure::kOrders && std::ranges::count(table.by, Dimension::kProduct) > 0)
        return true;
  return false;
}

class Judge {
 public:
  Judge(const core::Definition& definition, const std::string& messages)
      : definition_(definition), fields_(definition.order), last_(messages) {
    order_.add(fields_.items.path(), true);
    if (fields_.quantity_is_map) order_.add(fields_.quantity.path(), true);
    if (is_by_client()) order_.add(fields_.client->path(), true);
    if (has_time()) order_.add(fields_.time->path(), true);
    if (compares_total()) order_.add(fields_.total->path(), false);
    if (product_is_element()) return;
    item_.add(fields_.product.path(), true);
    if (!fields_.quantity_is_map) item_.add(fields_.quantity.path(), true);
    if (has_price()) item_.add(fields_.price->path(), true);
  }

  std::vector<Step> steps(const std::string& last_name) {
    read_text();
    read_objects();
    read_items();
    read_amounts();
    read_sums();
    judge(last_name);
    return std::move(steps_);
  }

 private:
  bool is_by_client() const { return fields_.client && definition_.is_by(Dimension::kClient); }
  bool has_time() const { return fields_.time && definition_.has_windows(); }
  bool has_price() const { return fields_.price.has_value(); }
  bool compares_total() const { return fields_.total && has_price(); }
  bool product_is_element() const { return fields_.product.is_element_itself(); }

  void add(const std::string& name, std::string about, const std::string& columns, bool keeps_columns = true) {
    steps_.push_back({name, std::move(about),
                      fmt::format("  SELECT {}{}\n  FROM {}", keeps_columns ? "*,\n    " : "", columns, last_)});
    last_ = name;
  }

  // A number counts as its digits, as they stand there.
  static std::string name_text(const std::string& value) {
    return fmt::format("if({0} RLIKE '^[-0-9]', concat('s', {0}), {0})", value);
  }

  void read_text() {
    // What is no UTF-8 does not come back the same.
    add("texts", "the message as text, if it is UTF-8 and not too long",
        fmt::format("`partition`, `offset`, value,\n    CASE WHEN octet_length(value) <= {} AND "
                    "encode(decode(value, 'UTF-8'), 'UTF-8') = value THEN CAST(value AS STRING) END AS text",
                    definition_.max_message_bytes),
        false);
    // By a character that no string may have as it is.
    add("halves", "what is half of a surrogate pair, marked by a control character",
        fmt::format(
            "CASE WHEN text LIKE r'%\\\\u%' AND NOT contains(text, chr(1))\n      THEN regexp_replace(text, {},\n"
            "        concat('$1', chr(1), '$2')) ELSE text END AS halved",
            kLoneSurrogate));
    add("strings", "strings get an s in front, those with such a half a u",
        fmt::format("regexp_replace(halved, {}, r'\"s$1') AS strings", kString));
    add("marked", "numbers become strings",
        fmt::format("regexp_replace(CASE WHEN halved <> text THEN\n        replace(regexp_replace(strings, {},\n"
                    "          r'\"u$1'), chr(1), r'\\\\') ELSE strings END, {},\n      r'$1\"$2\"') AS marked",
                    kStringWithLoneSurrogate, kNumberOutsideStrings));
    add("documents", "the document, and an element behind it that garbage behind the document takes away",
        fmt::format(
            "from_json(concat('[', marked, ',{{\"\":\"\"}}]'), 'ARRAY<MAP<STRING, STRING>>',\n      {}) AS document",
            kJsonOptions));
  }

  void read_objects() {
    add("orders", "the message's object",
        "size(document) = 2 AND map_contains_key(get(document, 1), '') AS is_json,\n    get(document, 0) AS o0");
    for (std::size_t depth = 1; depth <= order_.depth(); ++depth) {
      std::string columns;
      for (const auto& [sql, name] : order_.inner_objects(depth))
        columns += fmt::format("{}{} AS {}", columns.empty() ? "" : ",\n    ", sql, name);
      add(fmt::format("orders_{}", depth), "objects in it", columns);
    }
    // One object is the only line item.
    const std::string items = order_.value_of(fields_.items.path());
    const std::string array = fmt::format("if(left({0}, 1) = '{{', concat('[', {0}, ']'), {0})", items);
    std::string columns =
        product_is_element()
            ? fmt::format("from_json({}, 'ARRAY<STRING>',\n      {}) AS items", items, kJsonOptions)
            : fmt::format("from_json({},\n      'ARRAY<MAP<STRING, STRING>>', {}) AS items", array, kJsonOptions);
    if (fields_.quantity_is_map)
      columns += fmt::format(",\n    from_json({}, 'MAP<STRING, STRING>', {}) AS quantity_texts",
                             order_.value_of(fields_.quantity.path()), kJsonOptions);
    if (is_by_client())
      columns += fmt::format(",\n    {} AS client_text", name_text(order_.value_of(fields_.client->path())));
    if (has_time()) columns += fmt::format(",\n    {} AS time_text", order_.value_of(fields_.time->path()));
    if (compares_total()) columns += fmt::format(",\n    {} AS total_text", order_.value_of(fields_.total->path()));
    add("fields", "the fields of the order", columns);
    columns.clear();
    if (fields_.quantity_is_map)
      columns += fmt::format("transform_values(quantity_texts, (k, v) -> {}) AS quantities", number("v"));
    if (compares_total())
      columns += fmt::format("{}{} AS total", columns.empty() ? "" : ",\n    ", number("total_text"));
    if (has_time()) columns += (columns.empty() ? "" : ",\n    ") + time_parts("time_text");
    if (!columns.empty()) add("numbers", "numbers from their digits", columns);
    if (has_time()) add("times", "the moment of the sale", time_at() + " AS at");
  }

  // A step that makes `name`, an array, of each `i` of the array that the step before it made.
  void each_item(const std::string& name, std::string about, const std::string& value, const char* lambda = "i") {
    add(name, std::move(about), fmt::format("transform({}, {} ->\n      {}) AS {}", items_, lambda, value, name));
    items_ = name;
  }

  void read_items() {
    if (product_is_element()) {
      each_item("line_texts", "the line items",
                fmt::format("named_struct('product', {}, 'fault', CAST(NULL AS STRING))", name_text("i")));
      return;
    }
    each_item("line_objects", "the objects of the line items", "named_struct('o0', i)");
    for (std::size_t depth = 1; depth <= item_.depth(); ++depth) {
      std::string fields;
      for (const std::string& name : item_.names_above(depth)) fields += fmt::format("'{0}', i.{0}, ", name);
      for (const auto& [sql, name] : item_.inner_objects(depth)) fields += fmt::format("'{}', {}, ", name, sql);
      fields.resize(fields.size() - 2);
      each_item(fmt::format("line_objects_{}", depth), "objects in them", "named_struct(" + fields + ")");
    }
    std::string texts = fmt::format("'product', {}", name_text(item_.value_of(fields_.product.path())));
    if (!fields_.quantity_is_map)
      texts += fmt::format(", 'quantity_text', {}", item_.value_of(fields_.quantity.path()));
    if (has_price()) texts += fmt::format(", 'price_text', {}", item_.value_of(fields_.price->path()));
    each_item("line_texts", "the fields of the line items",
              fmt::format("named_struct({},\n        'fault', CASE WHEN i.o0 IS NULL THEN 'wrong_type'{} END)", texts,
                          lines(item_.faults(), "          ")));
  }

  void read_amounts() {
    std::string fields = "'product', i.product";
    if (fields_.quantity_is_map)
      fields += ",\n        'quantity', quantities[i.product]";
    else
      fields += fmt::format(",\n        'quantity_text', i.quantity_text, 'quantity', {}", number("i.quantity_text"));
    if (has_price())
      fields += fmt::format(",\n        'price_text', i.price_text, 'price', {}", number("i.price_text"));
    each_item("line_numbers", "their numbers, from their digits",
              fmt::format("named_struct({}, 'fault', i.fault)", fields));

    // A line item's first fault.
    std::string faults = "i.fault,\n          " + key_fault("i.product");
    if (!fields_.quantity_is_map) faults += ",\n          " + number_fault("i.quantity_text", "i.quantity");
    if (has_price()) faults += ",\n          " + number_fault("i.price_text", "i.price");
    std::vector<std::string> others;
    if (has_price() && !definition_.allow_returns) others.push_back("WHEN i.price < 0 THEN 'negative_price'");
    if (fields_.quantity_is_map)
      others.push_back("WHEN NOT map_contains_key(quantities, i.product) THEN 'quantity_missing'");
    if (!definition_.allow_returns) others.push_back("WHEN i.quantity < 0 THEN 'negative_quantity'");
    if (!others.empty()) faults += ",\n          CASE" + lines(others, "            ") + " END";
    fields = fmt::format("'product', substr(i.product, 2), 'units', {}", billionths("i.quantity"));
    // The product of two whole numbers of billionths has eighteen digits too many: nine are rounded away, half to even,
    // and nine are divided away, exactly.
    if (has_price())
      fields += fmt::format(
          ",\n        'revenue', "
          "try_cast(bround(try_multiply({}, {}), -9) * 0.000000001BD AS DECIMAL(28, 0))",
          billionths("i.quantity"), billionths("i.price"));
    each_item("line_amounts", "what each adds, in billionths",
              fmt::format("named_struct({},\n        'fault', coalesce({}))", fields, faults));
    if (counts_orders_by_product(definition_)) {
      add("line_order", "the line items by product", fmt::format("array_sort({}) AS line_order", items_));
      items_ = "line_order";
      each_item("line_firsts", "which is the first of its product in the order",
                fmt::format("named_struct('product', i.product, 'units', i.units{}, 'fault', i.fault,\n"
                            "        'is_first', n = 0 OR i.product <> get(line_order, n - 1).product)",
                            has_price() ? ", 'revenue', i.revenue" : ""),
                "(i, n)");
    }
  }

  std::string sum(const std::string& value) const {
    return fmt::format("aggregate({}, CAST(0 AS DECIMAL(38, 0)), (a, i) -> CAST(a + {} AS DECIMAL(38, 0)))", items_,
                       value);
  }

  // Of all line items in all totals tables, as docs/orders.md counts them.
  std::string key_bytes() const {
    std::string of_each = fmt::format("{}", definition_.totals.size() * core::kKeyBaseBytes);
    if (is_by_client())
      of_each += fmt::format(" + {} * (octet_length(client_text) - 1)", definition_.tables_by(Dimension::kClient));
    if (const int tables = definition_.tables_by(Dimension::kProduct); tables > 0)
      of_each += fmt::format(" + {} * octet_length(i.product)", tables);
    return sum(of_each);
  }

  void read_sums() {
    std::string columns = sum("abs(i.units)") + " AS all_units";
    columns += ",\n    " + key_bytes() + " AS key_bytes";
    if (has_price()) columns += ",\n    " + sum("abs(i.revenue)") + " AS all_revenue";
    if (compares_total()) columns += ",\n    " + sum("i.revenue") + " AS revenue";
    columns += fmt::format(",\n    get(filter({}, i -> i.fault IS NOT NULL), 0).fault AS line_fault", items_);
    if (fields_.quantity_is_map)
      columns += fmt::format(
          ",\n    get(filter(transform(map_entries(quantity_texts), e -> {}), f -> f IS NOT NULL), 0)"
          " AS quantity_fault",
          number_fault("e.value", number("e.value")));
    add("sums", "each order as a whole", columns);
    if (compares_total())
      add("totals", "whether the order's own total is another",
          fmt::format("CASE WHEN total_text IS NULL THEN false WHEN total IS NULL THEN true\n"
                      "      ELSE abs(revenue - CAST(total * {} AS DECIMAL(38, 0))) >= {} END AS has_wrong_total",
                      kBillionth, kHalfACent));
  }

  void judge(const std::string& last_name) {
    // The first that is not NULL.
    std::string reason = fmt::format(R"(coalesce(
      CASE WHEN value IS NULL THEN 'null_message'
        WHEN octet_length(value) > {0} THEN 'message_too_large'
        WHEN text IS NULL THEN 'invalid_utf8'
        WHEN text RLIKE r'^[ \t\r\n]*+\z' THEN 'empty_message'
        WHEN document IS NULL AND text RLIKE r'^[ \t\r\n]*+[^{{ \t\r\n]' AND
          size(from_json(concat('[', marked, ',0]'), 'ARRAY<STRING>',
            {1})) = 2 THEN 'wrong_type'
        WHEN is_json IS NULL OR NOT is_json THEN 'invalid_json'
        WHEN o0 IS NULL THEN 'wrong_type'{2} END)",
                                     definition_.max_message_bytes, kJsonOptions, lines(order_.faults(), "        "));
    if (is_by_client()) reason += ",\n      " + key_fault("client_text");
    std::vector<std::string> others;
    if (has_time()) {
      others.push_back("WHEN time_text IS NULL OR left(time_text, 1) IN ('t', 'f', '{', '[') THEN 'wrong_type'");
      others.push_back("WHEN at IS NULL THEN 'invalid_time'");
    }
    others.push_back("WHEN items IS NULL THEN 'wrong_type'");
    if (fields_.quantity_is_map) {
      others.push_back("WHEN quantity_texts IS NULL THEN 'wrong_type'");
      others.push_back(
          "WHEN size(array_distinct(map_keys(quantity_texts))) < size(quantity_texts) THEN 'duplicate_field'");
    }
    reason += ",\n      CASE" + lines(others, "        ") + " END";
    if (fields_.quantity_is_map) reason += ",\n      quantity_fault";
    reason += ",\n      line_fault";
    others = {fmt::format("WHEN key_bytes > {} THEN 'keys_too_large'", core::kMaxOrderKeyBytes)};
    const auto add_limit = [&](const char* sum) {
      others.push_back(fmt::format("WHEN {0} IS NULL OR {0} > {1} THEN 'number_too_large'", sum, kMostBillionths));
    };
    add_limit("all_units");
    if (has_price()) add_limit("all_revenue");
    if (compares_total() && definition_.wrong_total == core::WrongTotal::kReject)
      others.push_back("WHEN has_wrong_total THEN 'wrong_total'");
    reason += ",\n      CASE" + lines(others, "        ") + " END) AS reason";
    std::string columns = "`partition`, `offset`,\n    " + reason + ",\n    ";
    columns += compares_total() ? "has_wrong_total AS wrong_total" : "false AS wrong_total";
    if (is_by_client()) columns += ",\n    substr(client_text, 2) AS client";
    if (has_time()) columns += ",\n    at";
    columns += fmt::format(",\n    {} AS items", items_);
    add(last_name, "why a message is no order: NULL, it is one", columns, false);
  }

  const core::Definition& definition_;
  const core::OrderMapping& fields_;
  Objects order_{""};
  Objects item_{"i."};
  std::string last_;             // step
  std::string items_ = "items";  // the column with the line items, as far as they are read
  std::vector<Step> steps_;
};

}  // namespace

std::vector<Step> judgement(const core::Definition& definition, const std::string& messages,
                            const std::string& last_name) {
  return Judge(definition, messages).steps(last_name);
}

}  // namespace salestream::spark
