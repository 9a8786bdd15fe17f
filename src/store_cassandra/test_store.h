// SPDX-License-Identifier: Apache-2.0
// A store with one totals table in a real Cassandra, what a person sees of it and does to it. For the tests of this
// folder.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "store/total_text.h"
#include "store_cassandra/test_place.h"

namespace salestream::store {

inline base::Status write_row(Session& session, const char* key, const char* revenue, std::int64_t version) {
  const core::TotalsRow row{key, {parse_total(revenue).value(), decimal("1"), 1}, version};
  return session.flush([&](FlushSteps& steps) { return steps.write_totals(0, {&row, 1}); });
}

class CassandraStore : public testing::Test {
 protected:
  void SetUp() override {
    if (test_cassandra() == nullptr) GTEST_SKIP() << "SALESTREAM_TEST_CASSANDRA=host:port names no server";
    place_ = std::make_unique<CassandraPlace>();
  }

  std::string table(const char* name) const { return place_->options.keyspace + "." + name; }
  std::string totals() {
    return place_->rows("SELECT product_name, CAST(total_sales AS text) FROM " + table("product_sales"));
  }
  void make_by_hand() {
    place_->cql("CREATE KEYSPACE " + place_->options.keyspace +
                " WITH replication = {'class': 'SimpleStrategy', 'replication_factor': 1}");
    place_->cql("CREATE TABLE " + table("product_sales") + " (product_name text PRIMARY KEY, total_sales decimal)");
  }
  void insert(const char* values, const char* using_what = "") {
    place_->cql("INSERT INTO " + table("product_sales") + " (product_name, total_sales) VALUES (" + values + ") " +
                using_what);
  }

  std::unique_ptr<CassandraPlace> place_;
};

}  // namespace salestream::store
