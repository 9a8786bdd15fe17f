// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "config/testing.h"

namespace salestream::config {
namespace {

using ::testing::ElementsAre;
using testing::environment_of;
using testing::error_of;
using testing::good_with;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

std::string with(std::string_view more, std::string_view points = "a") {
  return good_with("sqlite: sales.db", "cassandra: {contact_points: '" + std::string(points) + "', keyspace: shop" +
                                           std::string(more) + "}");
}

store::CassandraOptions options(std::string_view more, std::string_view points = "a") {
  const auto file = parse_pipeline_file(with(more, points), "x.yaml", environment_of({{"PW", "secret"}}));
  EXPECT_TRUE(file.ok()) << file.error().message;
  return file.ok() ? std::get<store::CassandraOptions>(file->store) : store::CassandraOptions{};
}

TEST(Cassandra, NeedsContactPointsAndAKeyspaceOnly) {
  const store::CassandraOptions plain = options("", "a, b:1,[::1],[::1]:2,10.0.0.1");
  EXPECT_THAT(plain.contact_points, ElementsAre("a:9042", "b:1", "[::1]:9042", "[::1]:2", "10.0.0.1:9042"));
  EXPECT_EQ(plain.keyspace, "shop");
  EXPECT_EQ(plain.replication.strategy, "SimpleStrategy");
  EXPECT_EQ(plain.replication.factor, 1);
  EXPECT_TRUE(plain.create_keyspace);
  EXPECT_EQ(plain.consistency, store::CassandraConsistency::kQuorum);
  EXPECT_FALSE(plain.uses_tls);
  for (const char* bad : {"a,,b", "a:0", "a:70000", "a:x", ":9042", "a b", "http://a", "[::1", "a,"})
    EXPECT_THAT(error_of(with("", bad)), HasSubstr("host:port, or several with commas")) << bad;
  EXPECT_THAT(error_of(good_with("sqlite: sales.db", "cassandra: {keyspace: shop}")),
              HasSubstr("contact_points is missing"));
  EXPECT_THAT(error_of(good_with("sqlite: sales.db", "cassandra: {contact_points: a}")),
              HasSubstr("keyspace is missing"));
  EXPECT_THAT(error_of(good_with("sqlite: sales.db", "cassandra: {contact_points: a, keyspace: my-shop}")),
              HasSubstr("cannot be a keyspace's name"));
}

TEST(Cassandra, TakesEverythingElse) {
  const store::CassandraOptions all = options(
      ", replication: {datacenters: {east: 3, west: 2}}, create_keyspace: false, local_datacenter: east, consistency: "
      "LOCAL_QUORUM, user: u, password: '${PW}', tls: {ca_file: ca, cert_file: c, key_file: k}, "
      "request_timeout_ms: 700, connect_timeout_ms: 900");
  EXPECT_EQ(all.replication.strategy, "NetworkTopologyStrategy");
  EXPECT_THAT(all.replication.datacenters, ElementsAre(Pair("east", 3), Pair("west", 2)));
  EXPECT_FALSE(all.create_keyspace);
  EXPECT_EQ(all.local_datacenter, "east");
  EXPECT_EQ(all.consistency, store::CassandraConsistency::kLocalQuorum);
  EXPECT_EQ(all.user, "u");
  EXPECT_EQ(all.password, "secret");
  EXPECT_TRUE(all.uses_tls);
  EXPECT_EQ(all.tls.ca_file + all.tls.cert_file + all.tls.key_file, "cack");
  EXPECT_EQ(all.request_timeout_ms, 700);
  EXPECT_EQ(all.connect_timeout_ms, 900);
  EXPECT_EQ(options(", replication: {factor: 3}").replication.factor, 3);
  EXPECT_TRUE(options(", tls: {}").uses_tls);
}

TEST(Cassandra, RefusesWhatDoesNotGoTogether) {
  EXPECT_THAT(error_of(with(", consistency: ONE")), HasSubstr("QUORUM, LOCAL_QUORUM or ALL belongs here"));
  EXPECT_THAT(error_of(with(", user: u")), HasSubstr("user and password together"));
  EXPECT_THAT(error_of(with(", tls: {cert_file: c}")), HasSubstr("cert_file and key_file together"));
  EXPECT_THAT(error_of(with(", replication: {factor: 1, datacenters: {a: 1}}")), HasSubstr("stands beside factor"));
  EXPECT_THAT(error_of(with(", replication: {class: SimpleStrategy, datacenters: {a: 1}}")),
              HasSubstr("no datacenters"));
  EXPECT_THAT(error_of(with(", replication: {class: Simple}")), HasSubstr("neither SimpleStrategy"));
  EXPECT_THAT(error_of(with(", replication: {datacenters: {}}")), HasSubstr("has nothing in it"));
  EXPECT_THAT(error_of(with(", request_timeout_ms: 0")), HasSubstr("request_timeout_ms"));
  EXPECT_THAT(error_of(with(", host: b")), HasSubstr("unknown key 'host' in store.cassandra"));
  const std::string secret = error_of(with(", user: [u], password: '${PW}'"), environment_of({{"PW", "hunter2"}}));
  EXPECT_THAT(secret, Not(HasSubstr("hunter2")));
}

TEST(StoreOption, TakesAPlaceInCassandra) {
  const auto good = parse_store_option("cassandra:a:1,b/shop");
  ASSERT_TRUE(good.ok()) << good.error().message;
  const auto& cassandra = std::get<store::CassandraOptions>(*good);
  EXPECT_THAT(cassandra.contact_points, ElementsAre("a:1", "b:9042"));
  EXPECT_EQ(cassandra.keyspace, "shop");
  for (const char* bad : {"cassandra:", "cassandra:a", "cassandra:a/", "cassandra:/shop", "cassandra:a/my-shop"})
    EXPECT_FALSE(parse_store_option(bad).ok()) << bad;
}

TEST(StoreOption, KeepsWhatTheFileSaysOfCassandra) {
  const store::CassandraOptions of_file = options(
      ", replication: {factor: 3}, consistency: ALL, user: u, password: '${PW}', tls: {ca_file: ca}, "
      "request_timeout_ms: 700",
      "b");
  const auto moved = parse_store_option("cassandra:a:1/other", of_file);
  ASSERT_TRUE(moved.ok()) << moved.error().message;
  const auto& cassandra = std::get<store::CassandraOptions>(*moved);
  EXPECT_THAT(cassandra.contact_points, ElementsAre("a:1"));
  EXPECT_EQ(cassandra.keyspace, "other");
  EXPECT_EQ(cassandra.user + cassandra.password, "usecret");
  EXPECT_EQ(cassandra.consistency, store::CassandraConsistency::kAll);
  EXPECT_EQ(cassandra.replication.factor, 3);
  EXPECT_TRUE(cassandra.uses_tls);
  EXPECT_EQ(cassandra.tls.ca_file, "ca");
  EXPECT_EQ(cassandra.request_timeout_ms, 700);

  const auto from_sqlite = parse_store_option("cassandra:a:1/other", store::SqliteOptions{"x.db"});
  ASSERT_TRUE(from_sqlite.ok());
  EXPECT_EQ(std::get<store::CassandraOptions>(*from_sqlite).user, "");
  EXPECT_EQ(std::get<store::SqliteOptions>(*parse_store_option("sqlite:a.db", of_file)).file, "a.db");
}

}  // namespace
}  // namespace salestream::config
