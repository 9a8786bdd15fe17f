// SPDX-License-Identifier: Apache-2.0
// A keyspace of its own in the Cassandra that SALESTREAM_TEST_CASSANDRA (host:port) names, gone afterwards. For the
// tests of this folder.
#pragma once

#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>

#include "store/contract_test.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/rust_client.h"
#include "store_cassandra/schema.h"

namespace salestream::store {

inline const char* test_cassandra() { return std::getenv("SALESTREAM_TEST_CASSANDRA"); }

inline CassandraOptions test_cassandra_options() {
  CassandraOptions options;
  options.contact_points = {test_cassandra() != nullptr ? test_cassandra() : "127.0.0.1:1"};
  static std::atomic<int> places = 0;
  options.keyspace = "salestream_test_" + std::to_string(getpid()) + "_" + std::to_string(++places);
  options.request_timeout_ms = 20'000;  // on a busy machine, changing a schema takes its time
  return options;
}

class CassandraPlace final : public StorePlace {
 public:
  ~CassandraPlace() override {
    const auto dropped = person().run("DROP KEYSPACE IF EXISTS " + options.keyspace);
    EXPECT_TRUE(dropped.ok()) << dropped.error().message;
  }
  static std::unique_ptr<StorePlace> make() { return std::make_unique<CassandraPlace>(); }

  std::unique_ptr<Store> store(Identity identity) override {
    return make_cassandra_store(options, std::move(identity)).value();
  }

  // A connection such as another program has.
  cassandra::Client& person() {
    if (person_ == nullptr) person_ = cassandra::connect(options).value();
    return *person_;
  }
  void cql(const std::string& statement) {
    const auto done = person().run(statement);
    ASSERT_TRUE(done.ok()) << statement << ": " << done.error().message;
  }
  // The values of all rows, as CQL's own CAST … AS text shows them, with commas between.
  std::string rows(const std::string& select) {
    const auto statement = person().prepare(select);
    if (!statement.ok()) return statement.error().message;
    std::string text;
    const auto read = person().scan(*statement, {}, [&](const cassandra::Answer& page) -> base::Status {
      for (cassandra::ValueReader values(page.values); !values.at_end();)
        text += (text.empty() ? "" : ",") + std::string(values.next().value_or("null"));
      return {};
    });
    return read.ok() ? text : read.error().message;
  }

  CassandraOptions options = test_cassandra_options();

 private:
  std::shared_ptr<cassandra::Client> person_;
};

}  // namespace salestream::store
