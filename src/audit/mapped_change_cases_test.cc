// SPDX-License-Identifier: Apache-2.0
#include "audit/test_mapped_cases.h"

namespace salestream::audit::fixture {
namespace {

// A row, and its line item.
std::string row(const std::string& product, int quantity, const std::string& more = "") {
  return "{\"items\": [{\"p\": \"" + product + "\", \"q\": " + std::to_string(quantity) + ", \"r\": \"2.50\"}]" + more +
         "}";
}

std::string change(const std::string& op, const std::string& before, const std::string& after) {
  return "{\"before\": " + before + ", \"after\": " + after + ", \"op\": \"" + op + "\"}";
}

std::string in_payload(const std::string& payload) {
  return "{\"schema\": {\"type\": \"struct\"}, \"payload\": " + payload + "}";
}

const std::string kFile = file_with("price: r", "changes: debezium\n");

}  // namespace

std::vector<MappedCases> change_cases() {
  return {
      {"a message is a change of a row: after is counted, before is subtracted",
       kFile,
       {"product"},
       {{change("c", "null", row("Mouse", 2)), "Mouse: 2 5"},
        {change("r", "null", row("Mouse", 2)), "Mouse: 2 5"},
        {change("u", row("Mouse", 2), row("Cabo", 3)), "was Mouse: -2 -5; is Cabo: 3 7.5"},
        {change("u", row("Mouse", 2), row("Mouse", 3)), "was Mouse: -2 -5; is Mouse: 3 7.5"},
        {change("d", row("Mouse", 2), "null"), "was Mouse: -2 -5"},
        {in_payload(change("c", "null", row("Mouse", 2))), "Mouse: 2 5"},
        {in_payload(change("u", row("Mouse", 2), row("Cabo", 3))), "was Mouse: -2 -5; is Cabo: 3 7.5"},
        {"{\"op\": \"c\", \"after\": " + row("Mouse", 2) + "}", "Mouse: 2 5"},
        {"{\"op\": \"d\", \"before\": " + row("Mouse", 2) + "}", "was Mouse: -2 -5"},
        // What an op does not ask for is not looked at.
        {change("c", "7", row("Mouse", 2)), "Mouse: 2 5"},
        {change("d", row("Mouse", 2), "[]"), "was Mouse: -2 -5"},
        // Beside an `op` a payload is a column like any other.
        {"{\"op\": \"c\", \"payload\": 7, \"after\": " + row("Mouse", 2) + "}", "Mouse: 2 5"}}},
      {"a tombstone is left out", kFile, {"product"}, {{in_payload("null"), "left out"}}},
      {"invalid_change: op is not one of these, or a row that has to be there is missing or null",
       kFile,
       {"product"},
       {{change("t", "null", "null"), "invalid_change"},
        {change("m", "null", "null"), "invalid_change"},
        {change("cu", "null", row("Mouse", 2)), "invalid_change"},
        {change("", "null", row("Mouse", 2)), "invalid_change"},
        {"{\"op\": null, \"after\": " + row("Mouse", 2) + "}", "invalid_change"},
        {"{\"op\": 1, \"after\": " + row("Mouse", 2) + "}", "invalid_change"},
        {"{\"after\": " + row("Mouse", 2) + "}", "invalid_change"},
        {row("Mouse", 2), "invalid_change"},
        {"{}", "invalid_change"},
        {in_payload("{}"), "invalid_change"},
        {change("u", "null", row("Mouse", 2)), "invalid_change"},
        {change("d", "null", "null"), "invalid_change"},
        {"{\"op\": \"d\"}", "invalid_change"},
        {change("c", row("Mouse", 2), "null"), "invalid_change"},
        // PostgreSQL's usual replica identity keeps the key alone.
        {change("d", R"({"id": 7, "items": null, "s": null})", "null"), "invalid_change"},
        {change("d", R"({"id": null, "items": null})", "null"), "invalid_change"},
        {change("d", R"({"items": []})", "null"), "was no line items"},
        {change("d", "{}", "null"), "missing_field"},
        {change("u", R"({"id": 7, "items": null})", row("Mouse", 2)), "invalid_change"},
        {change("c", "null", R"({"items": [], "s": null})"), "no line items"},
        {change("u", row("Mouse", 2), "null"), "invalid_change"}}},
      {"the messages are looked at in this order",
       kFile,
       {"product"},
       {{"[]", "wrong_type"},
        {"{\"op\": \"c\", ", "invalid_json"},
        {in_payload("7"), "wrong_type"},
        {in_payload("\"text\""), "wrong_type"},
        {change("c", "null", "7"), "wrong_type"},
        {change("u", "7", "null"), "wrong_type"},
        {change("u", row("Mouse", -1), "null"), "negative_quantity"},
        {change("u", row("Mouse", 1), row("", 1)), "empty_key"},
        {change("c", "null", "{}"), "missing_field"},
        {"{\"op\": \"c\", \"op\": \"c\", \"after\": " + row("Mouse", 2) + "}", "duplicate_field"},
        {"{\"op\": \"c\", \"after\": {}, \"after\": {}}", "duplicate_field"},
        {"{\"payload\": {}, \"payload\": {}}", "duplicate_field"},
        {in_payload("{\"op\": \"c\", \"op\": \"c\"}"), "duplicate_field"}}},
      {"each with the same where",
       file_with("price: r", "changes: debezium\nfields: {s: {order: s}}\nwhere: s = 'paid'\n"),
       {"product", "s"},
       {{change("u", row("Mouse", 2, R"(, "s": "paid")"), row("Mouse", 2, R"(, "s": "void")")),
         "was Mouse, paid: -2 -5"},
        {change("u", row("Mouse", 2, R"(, "s": "new")"), row("Mouse", 2, R"(, "s": "paid")")), "Mouse, paid: 2 5"},
        {change("u", row("Mouse", 2, R"(, "s": "new")"), row("Mouse", 3, R"(, "s": "void")")), "left out"},
        {change("c", "null", row("Mouse", 2, R"(, "s": "new")")), "left out"},
        {change("d", row("Mouse", 2, R"(, "s": "paid")"), "null"), "was Mouse, paid: -2 -5"}}},
      {"header.NAME: its header of that name, as text",
       file_with("client: {kafka: header.client.id}",
                 "fields: {x: {kafka: header.channel, default: web}, n: {kafka: header.n, type: integer}}\n"
                 "where: n > 0\n"),
       {"client", "x"},
       {{order_with(""), "A, shop: 2", "", -1, {"A", "shop", "1"}},
        {order_with(""), "A, web: 2", "", -1, {"A", std::nullopt, "1"}},
        {order_with(""), "A, web: 2", "", -1, {"A", "", "1"}},
        {order_with(""), "left out", "", -1, {std::nullopt, "shop", "0"}},
        {order_with(""), "missing_field", "", -1, {std::nullopt, "shop", "1"}},
        {order_with(""), "empty_key", "", -1, {"", "shop", "1"}},
        {order_with(""), "missing_field", "", -1, {"A", "shop"}},
        {order_with(""), "missing_field", "", -1, {}},
        {order_with(""), "not_a_number", "", -1, {"A", "shop", "one"}},
        {order_with(""), "invalid_utf8", "", -1, {"A", "\xff", "1"}},
        {order_with(""), "invalid_utf8", "", -1, {"\xff", "shop", "1"}},
        // It is not what a field of that name in the message is.
        {order_with(R"("channel": "of the message", "client": {"id": "B"})"),
         "A, web: 2",
         "",
         -1,
         {"A", std::nullopt, "1"}}}},
      {"sign is 1 for a line item that counts, and -1 for one that is subtracted",
       "order: {items: items, product: p, quantity: q, price: r, total: s}\n"
       "fields: {type: {order: type}, k: {item: k, type: integer, default: null}}\n"
       "sign: CASE WHEN type = 'RETURN' THEN -1 WHEN type = 'ODD' THEN k ELSE 1 END\n",
       {"product"},
       {{order_with(R"("type": "SALE")", R"("r": 2.5)"), "Mouse: 2 5"},
        {order_with(R"("type": "RETURN")", R"("r": 2.5)"), "Mouse: -2 -5"},
        {order_with(R"("type": "RETURN", "s": 5)", R"("r": 2.5)"), "Mouse: -2 -5"},
        {order_with(R"("type": "RETURN", "s": -5)", R"("r": 2.5)"), "(wrong total) Mouse: -2 -5"},
        {order_with(R"("type": "ODD")", R"("r": 2.5, "k": -1)"), "Mouse: -2 -5"},
        {order_with(R"("type": "ODD")", R"("r": 2.5, "k": 1)"), "Mouse: 2 5"},
        {order_with(R"("type": "ODD")", R"("r": 2.5, "k": 0)"), "wrong_type"},
        {order_with(R"("type": "ODD")", R"("r": 2.5, "k": 2)"), "wrong_type"},
        {order_with(R"("type": "ODD")", R"("r": 2.5)"), "wrong_type"},
        {order_with(R"("type": "RETURN")", R"("r": -2.5)"), "negative_price"},
        {order_with(R"("r": 2.5)"), "missing_field"},
        {R"({"type": "ODD", "items": [{"p": "A", "q": 1, "r": 1, "k": -1}, {"p": "B", "q": 1, "r": 2, "k": 1},
             {"p": "A", "q": 3, "r": 1, "k": -1}]})",
         "A: -1 -1 | B: 1 2 | A: -3 -3"}}},
      {"sign, where the message is its own line item",
       "order: {items: ., product: p, quantity: q}\nfields: {k: {item: k, type: integer}}\nsign: k\n",
       {"product"},
       {{R"({"p": "Mouse", "q": 2, "k": -1})", "Mouse: -2"}, {R"({"p": "Mouse", "q": 2, "k": 3})", "wrong_type"}}},
      {"sign, of orders that change",
       file_with("price: r", "changes: debezium\nfields: {k: {item: k, type: integer, default: 1}}\nsign: k\n"),
       {"product"},
       {{change("u", row("Mouse", 2), row("Cabo", 3)), "was Mouse: -2 -5; is Cabo: 3 7.5"},
        {change("u", R"({"items": {"p": "Mouse", "q": 2, "r": 1, "k": -1}})",
                R"({"items": [{"p": "Mouse", "q": 1, "r": 1, "k": -1}, {"p": "Mouse", "q": 9, "r": 1}]})"),
         "was Mouse: 2 2; is Mouse: -1 -1 | Mouse: 9 9"}}},
      {"encoding: base64 of the digits as a big-endian two's complement integer",
       "order: {items: items, product: p, quantity: q, price: {field: r, scale: 2, encoding: base64, default: 7.5}}\n"
       "allow_returns: true\n",
       {"product"},
       {{order_with("", R"("r": "Dzw=")"), "Mouse: 2 78"},
        {order_with("", R"("r": "8MQ=")"), "Mouse: 2 -78"},
        {order_with("", R"("r": "AA==")"), "Mouse: 2 0"},
        {order_with("", R"("r": "/w==")"), "Mouse: 2 -0.02"},
        {order_with("", R"("r": "AAAAAAAAAAA=")"), "Mouse: 2 0"},
        {order_with("", R"("r": "DeC2s6dkAAA=")"), "Mouse: 2 20000000000000000"},
        {order_with("", R"("r": "DeC2s6dkAAE=")"), "number_too_large"},
        {order_with("", R"("r": "8h9JTFicAAA=")"), "Mouse: 2 -20000000000000000"},
        {order_with("", R"("r": "8h9JTFib//8=")"), "number_too_large"},
        {order_with("", R"("r": "AAAAAAAAAAAAAAAAAAAAAA==")"), "number_too_large"},
        {order_with("", R"("r": "Dzw")"), "not_a_number"},
        {order_with("", R"("r": "D")"), "not_a_number"},
        {order_with("", R"("r": "====")"), "not_a_number"},
        {order_with("", R"("r": "A===")"), "not_a_number"},
        {order_with("", R"("r": "Dz w")"), "not_a_number"},
        {order_with("", R"("r": "39.00000")"), "not_a_number"},
        {order_with("", R"("r": 3900)"), "wrong_type"},
        {order_with("", R"("r": "")"), "Mouse: 2 15"},
        {order_with(""), "Mouse: 2 15"}}},
      {"a column that is JSON in a text; a row without line items; keys of each state",
       "order: {items: {json: items}, product: p, quantity: q, client: c}\nchanges: debezium\n",
       {"product", "client"},
       {{change("u", R"({"c": "Ana", "items": "[{\"p\": \"Mouse\", \"q\": 1}]"})",
                R"({"c": "Bia", "items": "[{\"p\": \"M\u00e3o\", \"q\": 2}, {\"p\": \"M\", \"q\": 1}]"})"),
         "was Mouse, Ana: -1; is Mão, Bia: 2 | M, Bia: 1"},
        {change("d", R"({"c": "Ana", "items": "[]"})", "null"), "was no line items"}}},
  };
}

}  // namespace salestream::audit::fixture
