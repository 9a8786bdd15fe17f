// SPDX-License-Identifier: Apache-2.0
// For tests that need a store to be what no real one can be made to be: a store, a session and a look at it with
// nothing in them, which take everything. A test overrides what it is about.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace salestream::store::testing {

class EmptySession : public Session {
 public:
  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    return std::vector<core::PartitionProgress>();
  }
  base::Status read_partition_cells(TableIndex, core::PartitionId, std::span<const std::string_view> keys,
                                    std::vector<std::optional<core::Cell>>& out) override {
    out.assign(keys.size(), std::nullopt);
    return {};
  }
  base::Status flush(const std::function<base::Status(FlushSteps&)>&) override { return {}; }
  base::Result<TotalsPage> read_totals(TableIndex, PageLimit) override { return TotalsPage(); }
  base::Result<std::vector<core::Reject>> read_rejects(std::size_t) override { return std::vector<core::Reject>(); }
};

class EmptyInspection : public Inspection {
 public:
  bool is_snapshot() const override { return true; }
  base::Result<std::vector<core::PartitionProgress>> read_progress() override {
    return std::vector<core::PartitionProgress>();
  }
  base::Status scan_rejects(const RejectFilter&,
                            const std::function<base::Status(std::span<const core::Reject>)>&) override {
    return {};
  }
  base::Status scan_cells(TableIndex, const std::function<base::Status(std::span<const StoredCell>)>&) override {
    return {};
  }
  base::Status scan_totals(TableIndex, const std::function<base::Status(std::span<const StoredTotals>)>&) override {
    return {};
  }
  base::Result<KeyContent> read_key(TableIndex, std::string_view) override { return KeyContent(); }
};

class EmptyStore : public Store {
 public:
  // `make_session` is called for each session.
  explicit EmptyStore(std::function<std::unique_ptr<Session>()> make_session =
                          [] { return std::make_unique<EmptySession>(); })
      : make_session_(std::move(make_session)) {}

  std::string where() const override { return "a store"; }
  base::Result<std::vector<std::string>> schema() const override { return std::vector<std::string>(); }
  base::Result<std::vector<std::string>> init() override { return std::vector<std::string>(); }
  base::Status open_for_run(const OpenOptions&) override { return {}; }
  base::Status open_for_read() override { return {}; }
  base::Result<std::unique_ptr<Session>> session() override { return make_session_(); }
  base::Status reset() override { return {}; }
  bool sees_runs() const override { return false; }

 private:
  std::function<std::unique_ptr<Session>()> make_session_;
};

}  // namespace salestream::store::testing
