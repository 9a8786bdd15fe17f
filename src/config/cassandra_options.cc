// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/logging.h"
#include "config/sections.h"

namespace salestream::config {
namespace {

constexpr std::string_view kDefaultPort = ":9042";
constexpr std::size_t kMaxContactPoints = 100;
constexpr std::string_view kContactPoints = "host:port, or several with commas between them,";

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

bool is_port(std::string_view text) {
  return !text.empty() && text.size() <= 5 && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; }) &&
         std::stoi(std::string(text)) >= 1 && std::stoi(std::string(text)) <= 65535;
}

// One of "host", "host:9042", "[::1]" and "[::1]:9042", with a port in any case; empty when it is none of them.
std::string contact_point(std::string_view text) {
  const bool is_plain = std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view(".-_:[]").find(c) != std::string_view::npos;
  });
  if (text.empty() || !is_plain) return {};
  const std::size_t end_of_host = text[0] == '[' ? text.find(']') : text.find(':');
  if (text[0] == '[' && end_of_host == std::string_view::npos) return {};
  const std::size_t colon = text.find(':', text[0] == '[' ? end_of_host : 0);
  if (colon == std::string_view::npos) return std::string(text) + std::string(kDefaultPort);
  if (colon == 0 || !is_port(text.substr(colon + 1))) return {};
  return std::string(text);
}

// Nothing when one of them is no contact point.
std::vector<std::string> contact_points(std::string_view text) {
  std::vector<std::string> points;
  for (;;) {
    const std::size_t comma = text.find(',');
    std::string point = contact_point(trimmed(text.substr(0, comma)));
    if (point.empty() || points.size() == kMaxContactPoints) return {};
    points.push_back(std::move(point));
    if (comma == std::string_view::npos) return points;
    text.remove_prefix(comma + 1);
  }
}

bool is_keyspace(std::string_view name) {
  return !name.empty() && name.size() <= 48 && std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  });
}

constexpr std::string_view kNoKeyspace =
    "cannot be a keyspace's name; letters without accents, digits and '_', at most 48";

base::Status read_text(const YamlMap& map, std::string_view key, std::string_view expected, std::string& into) {
  const auto value = map.find(key);
  if (!value) return {};
  SALESTREAM_ASSIGN(into, value->text(expected));
  return {};
}

base::Status read_timeout(const YamlMap& map, std::string_view key, int& into_ms) {
  const auto value = map.find(key);
  if (!value) return {};
  SALESTREAM_ASSIGN(const std::uint64_t ms, value->integer(100, 600'000));
  into_ms = static_cast<int>(ms);
  return {};
}

base::Status read_replication(const YamlValue& value, store::CassandraReplication& into) {
  SALESTREAM_ASSIGN(const YamlMap map, value.map("store.cassandra.replication"));
  if (const auto factor = map.find("factor")) {
    SALESTREAM_ASSIGN(const std::uint64_t copies, factor->integer(1, 100));
    into.factor = static_cast<int>(copies);
  }
  if (const auto datacenters = map.find("datacenters")) {
    if (map.find("factor")) return datacenters->error("stands beside factor; one of the two says the number of copies");
    SALESTREAM_ASSIGN(const YamlMap each, datacenters->map("store.cassandra.replication.datacenters"));
    for (const YamlMember& member : each.members()) {
      SALESTREAM_ASSIGN(const std::uint64_t copies, member.value.integer(1, 100));
      into.datacenters.emplace(member.key, static_cast<int>(copies));
    }
    if (into.datacenters.empty()) return datacenters->error("has nothing in it; it takes names and numbers of copies");
    into.strategy = "NetworkTopologyStrategy";
  }
  SALESTREAM_TRY(read_text(map, "class", "the name of a replication strategy", into.strategy));
  if (into.strategy != "SimpleStrategy" && into.strategy != "NetworkTopologyStrategy")
    return map.find("class")->error("is neither SimpleStrategy nor NetworkTopologyStrategy");
  if (into.strategy == "SimpleStrategy" && !into.datacenters.empty())
    return map.find("class")->error("knows no datacenters; with them, it has to be NetworkTopologyStrategy");
  return {};
}

base::Status read_consistency(const YamlMap& map, store::CassandraConsistency& into) {
  const auto value = map.find("consistency");
  if (!value) return {};
  SALESTREAM_ASSIGN(const std::string name, value->text("QUORUM, LOCAL_QUORUM or ALL"));
  if (name == "QUORUM")
    into = store::CassandraConsistency::kQuorum;
  else if (name == "LOCAL_QUORUM")
    into = store::CassandraConsistency::kLocalQuorum;
  else if (name == "ALL")
    into = store::CassandraConsistency::kAll;
  else
    return value->error("is " + value->shown() +
                        "; QUORUM, LOCAL_QUORUM or ALL belongs here: with less, a read could "
                        "miss the last write");
  return {};
}

base::Status read_tls(const YamlMap& map, store::CassandraOptions& into) {
  const auto value = map.find("tls");
  if (!value) return {};
  SALESTREAM_ASSIGN(const YamlMap tls, value->map("store.cassandra.tls"));
  into.uses_tls = true;
  SALESTREAM_TRY(read_text(tls, "ca_file", "a file", into.tls.ca_file));
  SALESTREAM_TRY(read_text(tls, "cert_file", "a file", into.tls.cert_file));
  SALESTREAM_TRY(read_text(tls, "key_file", "a file", into.tls.key_file));
  if (into.tls.cert_file.empty() != into.tls.key_file.empty())
    return tls.error("store.cassandra.tls needs cert_file and key_file together: the client's certificate and its key");
  return {};
}

}  // namespace

base::Result<store::Options> read_cassandra(const YamlValue& value) {
  SALESTREAM_ASSIGN(const YamlMap map, value.map("store.cassandra"));
  store::CassandraOptions options;
  SALESTREAM_ASSIGN(const YamlValue points, map.require("contact_points"));
  SALESTREAM_ASSIGN(const std::string points_text, points.text(kContactPoints));
  options.contact_points = contact_points(points_text);
  if (options.contact_points.empty())
    return points.error("is " + points.shown() + "; host:port, or several with commas between them, belongs here");
  SALESTREAM_ASSIGN(const YamlValue keyspace, map.require("keyspace"));
  SALESTREAM_ASSIGN(options.keyspace, keyspace.text("the name of a keyspace"));
  if (!is_keyspace(options.keyspace))
    return keyspace.error("is " + keyspace.shown() + ", which " + std::string(kNoKeyspace));
  if (const auto replication = map.find("replication"))
    SALESTREAM_TRY(read_replication(*replication, options.replication));
  if (const auto create = map.find("create_keyspace")) {
    SALESTREAM_ASSIGN(options.create_keyspace, create->boolean());
  }
  SALESTREAM_TRY(read_text(map, "local_datacenter", "the name of a datacenter", options.local_datacenter));
  SALESTREAM_TRY(read_consistency(map, options.consistency));
  SALESTREAM_TRY(read_text(map, "user", "a user's name", options.user));
  SALESTREAM_TRY(read_text(map, "password", "a password", options.password));
  if (options.user.empty() != options.password.empty())
    return map.error("store.cassandra needs user and password together");
  SALESTREAM_TRY(read_tls(map, options));
  SALESTREAM_TRY(read_timeout(map, "request_timeout_ms", options.request_timeout_ms));
  SALESTREAM_TRY(read_timeout(map, "connect_timeout_ms", options.connect_timeout_ms));
  return store::Options(std::move(options));
}

base::Result<store::Options> parse_cassandra_option(std::string_view text, const store::Options& of_file) {
  const std::string shown = "--store cassandra:" + base::printable(text, 200);
  const std::size_t slash = text.rfind('/');
  store::CassandraOptions options;
  if (const auto* in_file = std::get_if<store::CassandraOptions>(&of_file)) options = *in_file;
  options.contact_points = contact_points(text.substr(0, slash));
  if (slash == std::string_view::npos || options.contact_points.empty())
    return base::usage_error(shown +
                             ": not a place in Cassandra; write cassandra:HOST:PORT/KEYSPACE, as in --store "
                             "cassandra:localhost:9042/ecommerce");
  options.keyspace = text.substr(slash + 1);
  if (!is_keyspace(options.keyspace))
    return base::usage_error(shown + ": '" + base::printable(options.keyspace, 60) + "' " + std::string(kNoKeyspace));
  return store::Options(std::move(options));
}

}  // namespace salestream::config
