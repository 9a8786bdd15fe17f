// SPDX-License-Identifier: Apache-2.0
#include <chrono>
#include <optional>
#include <utility>

#include "base/retry.h"
#include "store_cassandra/cassandra.h"
#include "store_cassandra/catalog.h"
#include "store_cassandra/inspection.h"
#include "store_cassandra/late_clearing.h"
#include "store_cassandra/pipeline.h"
#include "store_cassandra/pipeline_row.h"
#include "store_cassandra/resends.h"
#include "store_cassandra/retrying_client.h"
#include "store_cassandra/rows.h"
#include "store_cassandra/rust_client.h"
#include "store_cassandra/session.h"

namespace salestream::store {
namespace {

using cassandra::Client;

// Once the cluster has been reached: nodes need some seconds to notice that one of them is gone, and until then a
// request may wait for it in vain.
constexpr std::chrono::seconds kStartTimeout{30};
constexpr std::chrono::milliseconds kStartPause{500};

// Of the whole, while it has not taken longer than that.
template <typename Attempt>
auto retry(const Attempt& attempt) {
  return base::retry({.first_pause = kStartPause, .timeout = kStartTimeout}, {}, attempt);
}

// Of each of its requests: to write all totals again may take minutes, in which not every request goes through.
cassandra::RetryingClient retrying(Client& client) {
  return {client, {.first_pause = kStartPause, .timeout = kStartTimeout}};
}

class CassandraStore final : public Store {
 public:
  CassandraStore(CassandraOptions options, Identity identity)
      : options_(std::move(options)), identity_(std::move(identity)) {}

  std::string where() const override { return "cassandra:" + Client::name_of(options_); }

  base::Result<std::vector<std::string>> schema() const override {
    return cassandra_schema(options_, identity_.definition);
  }

  base::Result<std::vector<std::string>> init() override {
    SALESTREAM_ASSIGN(const auto client, cassandra::connect(options_));
    std::vector<std::string> made;
    SALESTREAM_TRY(cassandra::make_pipeline(*client, options_, identity_, made));
    return made;
  }

  base::Status open_for_run(const OpenOptions& how) override {
    SALESTREAM_CHECK(shared_ == nullptr);
    SALESTREAM_ASSIGN(auto client, cassandra::connect(options_));
    auto requests = retrying(*client);
    SALESTREAM_ASSIGN(const auto generation, retry([&] {
                        return cassandra::make_pipeline_for(requests, options_, identity_, Engine::kSalestream,
                                                            how.take_over_from_spark);
                      }));
    SALESTREAM_ASSIGN(shared_, retry([&] {
                        return cassandra::prepare_shared(client, options_.keyspace, identity_, generation, true);
                      }));
    cassandra::warn_of_forgetting(*client, options_.keyspace);
    late_clearing_.emplace(std::move(client), options_.keyspace, identity_.definition, generation);
    return {};
  }

  base::Status open_for_read() override {
    SALESTREAM_CHECK(shared_ == nullptr);
    SALESTREAM_ASSIGN(auto client, cassandra::connect(options_));
    return open_for_reading(std::move(client), identity_);
  }

  base::Result<AsStored> open_as_stored() override {
    SALESTREAM_CHECK(shared_ == nullptr);
    SALESTREAM_ASSIGN(auto client, cassandra::connect(options_));
    SALESTREAM_ASSIGN(AsStored stored, retry([&] { return cassandra::find_identity(*client, options_, identity_); }));
    SALESTREAM_TRY(open_for_reading(std::move(client), stored.identity));
    return stored;
  }

  Engine engine() const override {
    SALESTREAM_CHECK(shared_ != nullptr);
    return shared_->generation.engine;
  }

  base::Result<std::unique_ptr<Session>> session() override {
    SALESTREAM_CHECK(shared_ != nullptr);
    return cassandra::make_session(shared_);
  }

  base::Result<std::unique_ptr<Inspection>> inspect() override {
    SALESTREAM_CHECK(shared_ != nullptr);
    return std::unique_ptr<Inspection>(cassandra::make_inspection(shared_));
  }

  base::Result<std::unique_ptr<ResendRecords>> resends() override {
    SALESTREAM_CHECK(shared_ != nullptr);
    return cassandra::open_resends(shared_, options_.keyspace);
  }

  base::Status reset() override {
    SALESTREAM_ASSIGN(const auto client, cassandra::connect(options_));
    auto requests = retrying(*client);
    return cassandra::renew_pipeline(requests, options_, identity_);
  }

  bool sees_runs() const override { return false; }

  base::Status repair_totals(std::span<const TotalsKeys>) override {
    SALESTREAM_CHECK(shared_ != nullptr);
    auto requests = retrying(*shared_->client);
    SALESTREAM_TRY(cassandra::begin_repair(requests, options_, identity_));
    const auto finished = finish_repair();
    if (finished.ok()) return {};
    return cassandra::left_undone(finished.error(),
                                  "The repair was begun all the same: ", "the next run finishes it, or another repair");
  }

  bool repairs_all_totals() const override { return true; }

  base::Result<bool> finish_repair() override {
    SALESTREAM_CHECK(shared_ != nullptr);
    auto requests = retrying(*shared_->client);
    return cassandra::finish_repair(requests, options_, identity_);
  }

 private:
  base::Status open_for_reading(std::shared_ptr<Client> client, const Identity& identity) {
    SALESTREAM_ASSIGN(const auto generation,
                      retry([&] { return cassandra::find_pipeline(*client, options_, identity); }));
    SALESTREAM_ASSIGN(shared_, retry([&] {
                        return cassandra::prepare_shared(client, options_.keyspace, identity, generation, false);
                      }));
    return {};
  }

  const CassandraOptions options_;
  const Identity identity_;
  std::shared_ptr<const cassandra::Shared> shared_;
  std::optional<cassandra::LateClearing> late_clearing_;
};

}  // namespace

base::Result<std::unique_ptr<Store>> make_cassandra_store(const CassandraOptions& options, Identity identity) {
  SALESTREAM_TRY(cassandra::can_connect());
  return std::unique_ptr<Store>(std::make_unique<CassandraStore>(options, std::move(identity)));
}

base::Result<SparkGeneration> prepare_for_spark(const CassandraOptions& options, const Identity& identity,
                                                bool takes_over) {
  SALESTREAM_ASSIGN(const auto client, cassandra::connect(options));
  auto requests = retrying(*client);
  SALESTREAM_ASSIGN(const auto generation, retry([&] {
                      return cassandra::make_pipeline_for(requests, options, identity, Engine::kSpark, takes_over);
                    }));
  SparkGeneration prepared{generation.number, generation.base.base_us, {}};
  for (const core::TotalsTable& table : identity.definition.totals)
    prepared.column_types.push_back(cassandra::column_types(table));
  return prepared;
}

}  // namespace salestream::store
