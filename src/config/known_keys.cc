// SPDX-License-Identifier: Apache-2.0
#include "config/known_keys.h"

#include <algorithm>
#include <array>
#include <vector>

#include "base/nearest_word.h"

namespace salestream::config {
namespace {

constexpr std::string_view kRequired = "required";
constexpr std::string_view kNone = "–";

constexpr auto kKeys = std::to_array<KnownKey>({
    {"", "pipeline", "a name for it, such as ecommerce_sales", kRequired},
    {"", "source", "where the orders come from: kafka, file or generator", kRequired},
    {"", "order", "where the parts of an order stand in a message", kRequired},
    {"", "fields", "values of an order by names of their own, for tables and conditions", kNone},
    {"", "changes", "what a message says of an order: append (a new one) or debezium (how its row changed)", "append"},
    {"", "where", "the condition of the orders that count", kNone},
    {"", "items_where", "the condition of the line items that count", kNone},
    {"", "sign", "an expression that is 1, or -1 for line items that are subtracted, such as returns", kNone},
    {"", "keep", "what is counted, when not everything is", kNone},
    {"", "allow_returns", "whether negative quantities count (true) or reject the order (false)", "false"},
    {"", "wrong_total", "what becomes of an order whose own total is not the sum of its items: count or reject",
     "count"},
    {"", "deduplicate", "how an order that was sent twice is known", kNone},
    {"", "timezone", "the time zone of windows of time, and of times that name none", "UTC"},
    {"", "totals", "the tables of totals to keep", kRequired},
    {"", "store", "where the totals are kept: sqlite or cassandra", kRequired},
    {"", "limits", "limits of memory, time and size", kNone},
    {"", "rejects", "the dead-letter topic that gets each rejected message beside the store", kNone},
    {"", "stop_when_rejects", "how many rejected messages among the last ones are too many, such as 5%/1000", kNone},
    {"", "produce", "what the shop of made-up orders sells", kNone},

    {"source", "kafka", "a Kafka topic", kNone},
    {"source", "file", "a file of JSON lines, or - for standard input", kNone},
    {"source", "generator", "made-up orders", kNone},
    {"source.kafka", "topic", "the name of the topic", kRequired},
    {"source.kafka", "bootstrap.servers", "the brokers to begin with, such as localhost:9092", kRequired},
    {"source.kafka", "group.id", "the consumer group", "salestream-<pipeline>-<store>"},
    {"source.kafka", "create", "how `salestream init` makes the topic", kNone},
    {"source.kafka", "<property>", "any other property of librdkafka", kNone},
    {"source.kafka.create", "partitions", "the number of partitions", "1"},
    {"source.kafka.create", "replication_factor", "the number of copies of each partition", "1"},
    {"source.file", "path", "the file's path, or - for standard input", kRequired},
    {"source.generator", "seed", "the number that decides which orders are made", "1"},
    {"source.generator", "partitions", "the number of partitions", "4"},
    {"source.generator", "orders_per_partition", "after how many orders a partition ends; 0: never", "0"},
    {"source.generator", "orders_per_second", "the rate over all partitions; 0: as fast as possible", "0"},

    {"order", "id", "the name of the order's number", kNone},
    {"order", "client", "the name of the client", kNone},
    {"order", "time", "the name of the time of the sale", kNone},
    {"order", "total", "the name of the order's own total", kNone},
    {"order", "items", "the name of the array with the line items", kRequired},
    {"order", "product", "the name of the product in a line item; '.' when the item itself is the product", kRequired},
    {"order", "quantity", "the name of the quantity in a line item, or {map: NAME}", kRequired},
    {"order", "price", "the name of the price of one unit in a line item", kNone},
    {"order", "amount", "the name of a line item's own amount, which revenue sums instead of quantity times price",
     kNone},
    {"order", "currency", "the name of the currency; revenue of two currencies is never added", kNone},
    {"order.items", "json", "the name of a text that holds the JSON of the line items", kNone},
    {"order.quantity", "map", "the name of the object of the order that maps products to quantities", kNone},

    {"fields", "<name>", "a value of an order by that name", kNone},
    {"fields.<name>", "field", "where the value stands", kNone},
    {"fields.<name>", "order", "where the value stands in the order", kNone},
    {"fields.<name>", "item", "where the value stands in a line item", kNone},
    {"fields.<name>", "kafka", "which part of Kafka's message the value is: key, timestamp or header.NAME", kNone},
    {"fields.<name>", "type", "text, integer, decimal, boolean, date or time", "text"},
    {"fields.<name>", "default", "the value where nothing stands there; null: it is NULL in conditions", kNone},
    {"fields.<name>", "scale", "how many digits of minor units a number has, or {by_currency: true}", "0"},
    {"fields.<name>", "encoding", "how a number stands there, when not in digits: base64 (Kafka Connect's Decimal)",
     kNone},
    {"fields.<name>", "unit", "what a number counts since 1970-01-01: s, ms, us, ns or days", kNone},
    {"fields.<name>.scale", "by_currency", "whether a number has as many digits as ISO 4217 gives the currency",
     "false"},

    {"deduplicate", "by", "what is the same in both: id", "id"},
    {"deduplicate", "window", "among how many messages of a partition an id counts once", "1000000"},

    {"keep", "product", "a list of the products that are counted", kNone},

    {"totals", "<table>", "by and columns of a table of totals", kRequired},
    {"totals.<table>", "by", "a list of what a row stands for: product, client, minute, hour, day, week, month",
     kRequired},
    {"totals.<table>", "columns", "the names of the columns, each with what it shows", kRequired},
    {"totals.<table>.columns", "<column>", "what the column shows: one of by, or revenue, units or orders", kRequired},

    {"store", "sqlite", "the SQLite file", kNone},
    {"store", "cassandra", "Apache Cassandra", kNone},
    {"store.sqlite", "file", "the SQLite file", kRequired},
    {"store.cassandra", "contact_points", "the nodes to begin with, such as localhost:9042", kRequired},
    {"store.cassandra", "keyspace", "the keyspace", kRequired},
    {"store.cassandra", "create_keyspace", "whether the keyspace is made when it is not there", "true"},
    {"store.cassandra", "replication", "how the keyspace is made", kNone},
    {"store.cassandra", "consistency", "QUORUM, LOCAL_QUORUM or ALL", "QUORUM"},
    {"store.cassandra", "local_datacenter", "the datacenter whose nodes are used", kNone},
    {"store.cassandra", "user", "the user to log in as", kNone},
    {"store.cassandra", "password", "the user's password", kNone},
    {"store.cassandra", "tls", "the certificates of an encrypted connection", kNone},
    {"store.cassandra", "request_timeout_ms", "the longest time to wait for an answer", "5000"},
    {"store.cassandra", "connect_timeout_ms", "the longest time to wait for the connection at the start", "8000"},
    {"store.cassandra.replication", "class", "SimpleStrategy or NetworkTopologyStrategy", "SimpleStrategy"},
    {"store.cassandra.replication", "factor", "the number of copies", "1"},
    {"store.cassandra.replication", "datacenters", "the number of copies in each datacenter", kNone},
    {"store.cassandra.replication.datacenters", "<datacenter>", "the number of copies there", kNone},
    {"store.cassandra.tls", "ca_file", "the certificate that the server's is signed with", kNone},
    {"store.cassandra.tls", "cert_file", "the client's certificate", kNone},
    {"store.cassandra.tls", "key_file", "the client's private key", kNone},

    {"limits", "workers", "the number of workers", "1"},
    {"limits", "cells_in_memory", "the size of the totals in memory", "32MiB"},
    {"limits", "rejects_in_memory", "the size of the rejected messages that wait for the store", "8MiB"},
    {"limits", "rows_in_memory", "the size of the totals in memory when they are read or audited", "64MiB"},
    {"limits", "flush_interval_ms", "the longest time between two flushes", "100"},
    {"limits", "max_message_bytes", "the size beyond which a message is rejected", "4MiB"},

    {"rejects", "topic", "the dead-letter topic, which gets each rejected message, too", kRequired},
    {"rejects", "bootstrap.servers", "the brokers to begin with, when they are not those of the source", kNone},
    {"rejects", "<property>", "any other property of librdkafka", kNone},

    {"produce", "catalogue", "the catalogue of made-up orders: english or portuguese", "english"},
    {"produce", "products", "how many different products made-up orders have; 0: those of the catalogue", "0"},
});

// What people who know Kafka write for rejects.topic, wherever in the file.
bool means_dead_letter_topic(std::string_view name) {
  return name.starts_with("dead_letter") || name.starts_with("dead-letter") || name.starts_with("deadletter") ||
         name.starts_with("errors.deadletterqueue") || name.starts_with("dlq");
}

bool is_any_name(std::string_view name) { return name.starts_with('<'); }

}  // namespace

std::string KnownKey::path() const {
  return section.empty() ? std::string(name) : std::string(section) + "." + std::string(name);
}

std::span<const KnownKey> known_keys() { return kKeys; }

const KnownKey* find_known_key(std::string_view section, std::string_view name) {
  for (const KnownKey& key : kKeys)
    if (key.section == section && key.name == name) return &key;
  return nullptr;
}

bool takes_any_name(std::string_view section) {
  return std::ranges::any_of(kKeys, [&](const KnownKey& k) { return k.section == section && is_any_name(k.name); });
}

std::string_view closest_key(std::string_view section, std::string_view name) {
  std::vector<std::string_view> names;
  for (const KnownKey& key : kKeys)
    if (key.section == section && !is_any_name(key.name)) names.push_back(key.name);
  return base::nearest_word(name, names);
}

std::string suggestion(std::string_view section, std::string_view unknown) {
  if (means_dead_letter_topic(unknown)) return "the dead-letter topic is rejects.topic";
  if (const std::string_view meant = closest_key(section, unknown); !meant.empty())
    return "did you mean '" + std::string(meant) + "'?";
  std::string known;
  for (const KnownKey& key : kKeys)
    if (key.section == section) known += (known.empty() ? "" : ", ") + std::string(key.name);
  return "known here: " + known;
}

}  // namespace salestream::config
