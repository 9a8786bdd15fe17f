// SPDX-License-Identifier: Apache-2.0
// A folder of its own for a SQLite store under test, gone afterwards. For the tests of this folder.
#pragma once

#include <stdlib.h>

#include <filesystem>
#include <memory>
#include <string>

#include "store/contract_test.h"
#include "store_sqlite/handles.h"
#include "store_sqlite/sqlite.h"

namespace salestream::store {

class SqlitePlace final : public StorePlace {
 public:
  SqlitePlace() {
    std::string name = (std::filesystem::temp_directory_path() / "salestream_store_XXXXXX").string();
    SALESTREAM_CHECK(mkdtemp(name.data()) != nullptr);
    folder_ = std::filesystem::canonical(name);
  }
  ~SqlitePlace() override {
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
  }
  static std::unique_ptr<StorePlace> make() { return std::make_unique<SqlitePlace>(); }

  const std::filesystem::path& folder() const { return folder_; }
  std::string file() const { return (folder_ / "sales.db").string(); }

  std::unique_ptr<Store> store(Identity identity) override { return store_at(file(), std::move(identity)); }
  // Waits a tenth of a second for other programs, not ten.
  static std::unique_ptr<Store> store_at(const std::string& path, Identity identity = contract_identity()) {
    return make_sqlite_store({path, 100}, std::move(identity));
  }

  // A connection such as another program has.
  std::unique_ptr<sqlite::Database> other_program() const {
    auto database = sqlite::Database::open(file(), sqlite::Access::kCreate, {});
    SALESTREAM_CHECK(database.ok());
    return *std::move(database);
  }

 private:
  std::filesystem::path folder_;
};

}  // namespace salestream::store
