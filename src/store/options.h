// SPDX-License-Identifier: Apache-2.0
// What a pipeline file, or --store, can say of a store. Plain values.
#pragma once

#include <map>
#include <string>
#include <variant>
#include <vector>

namespace salestream::store {

struct SqliteOptions {
  std::string file;
  int busy_timeout_ms = 10'000;  // how long to wait for another program that holds the file
};

// How the keyspace is made where it is not there; one that is there stays as it is.
struct CassandraReplication {
  std::string strategy = "SimpleStrategy";
  int factor = 1;
  std::map<std::string, int> datacenters;  // factor by datacenter, for NetworkTopologyStrategy; then `factor` is unused
};

struct CassandraTls {
  std::string ca_file;    // empty: the system's certificates
  std::string cert_file;  // the client's own, with key_file, where the server demands one
  std::string key_file;
};

enum class CassandraConsistency : unsigned char { kQuorum, kLocalQuorum, kAll };

// As pipeline files and CQL have it.
inline const char* name_of(CassandraConsistency consistency) {
  switch (consistency) {
    case CassandraConsistency::kQuorum: return "QUORUM";
    case CassandraConsistency::kLocalQuorum: return "LOCAL_QUORUM";
    case CassandraConsistency::kAll: return "ALL";
  }
  return "?";
}

struct CassandraOptions {
  std::vector<std::string> contact_points;  // host:port
  std::string keyspace;
  CassandraReplication replication;
  bool create_keyspace = true;   // where it is not there
  std::string local_datacenter;  // empty: nodes of every datacenter are used
  CassandraConsistency consistency = CassandraConsistency::kQuorum;
  std::string user;  // empty: none
  std::string password;
  bool uses_tls = false;
  CassandraTls tls;
  int request_timeout_ms = 5'000;
  int connect_timeout_ms = 8'000;
};

using Options = std::variant<SqliteOptions, CassandraOptions>;

}  // namespace salestream::store
