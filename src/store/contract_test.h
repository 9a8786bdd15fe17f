// SPDX-License-Identifier: Apache-2.0
// What any store must do, as tests that each adapter's own test instantiates:
//   INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract, testing::Values(StorePlaceKind{"Sqlite", &make_place, …}),
//   name_of_kind)
// The tests stand in contract_*test.cc; this header has what they share.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "store/store.h"

namespace salestream::store {

// One place for a store, empty at first and gone with this object. Any number of Store objects may look at it.
class StorePlace {
 public:
  virtual ~StorePlace() = default;
  virtual std::unique_ptr<Store> store(Identity identity) = 0;
};

struct StorePlaceKind {
  std::string name;
  std::unique_ptr<StorePlace> (*make)();
  bool has_transactions;       // a failed flush leaves nothing behind
  bool refuses_second_run;     // only one process may write
  bool keeps_totals_versions;  // else a flush is alone with the cells it reads, and totals can't be old
};

inline std::string name_of_kind(const testing::TestParamInfo<StorePlaceKind>& info) { return info.param.name; }

// Two totals tables: product_sales by product (revenue, units, orders), client_sales by client and product (revenue).
inline constexpr TableIndex kProductSales = 0;
inline constexpr TableIndex kClientSales = 1;
Identity contract_identity();
// With the reference system's own table alone.
Identity product_sales();

std::string refusal_of(const base::Status& status);

core::Decimal decimal(std::string_view text);
core::Measures measures(std::string_view revenue, std::string_view units, std::int64_t orders);
core::PartitionProgress progress(core::PartitionId partition, core::Offset next_offset);

class StoreContract : public testing::TestWithParam<StorePlaceKind> {
 protected:
  // A run with one session, open.
  struct Run {
    std::unique_ptr<Store> store;
    std::unique_ptr<Session> session;
  };
  Run run(const Identity& identity = contract_identity());

  static base::Status write_cells(Session& session, TableIndex table, const std::vector<CellWrite>& cells);
  static std::vector<KeyedCell> cells_of(Session& session, TableIndex table, const std::vector<std::string_view>& keys);
  // The cells and, as the engine does, the sums of what was then read back.
  static base::Status write_cells_and_totals(Session& session, TableIndex table, const std::vector<CellWrite>& cells);
  static base::Status write_totals(Session& session, TableIndex table, const std::vector<core::TotalsRow>& rows);

  StorePlaceKind kind_ = GetParam();
  std::unique_ptr<StorePlace> place_ = kind_.make();
};

#define ASSERT_OK(expression)                                   \
  do {                                                          \
    const auto& assert_ok_ = (expression);                      \
    ASSERT_TRUE(assert_ok_.ok()) << assert_ok_.error().message; \
  } while (false)

#define EXPECT_OK(expression)                                   \
  do {                                                          \
    const auto& expect_ok_ = (expression);                      \
    EXPECT_TRUE(expect_ok_.ok()) << expect_ok_.error().message; \
  } while (false)

}  // namespace salestream::store
