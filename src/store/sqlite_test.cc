// SPDX-License-Identifier: Apache-2.0
#include "store/sqlite.h"
#include "store/contract_test.h"
#include "store/sqlite_test_place.h"

namespace salestream::store {
namespace {

INSTANTIATE_TEST_SUITE_P(Sqlite, StoreContract,
                         testing::Values(StorePlaceKind{"Sqlite", &SqlitePlace::make, true, true, false}), name_of_kind);

}  // namespace
}  // namespace salestream::store
