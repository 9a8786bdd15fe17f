// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/pipeline.h"

#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "core/stored_definition.h"
#include "store/identity_check.h"
#include "store_cassandra/clearing.h"
#include "store_cassandra/columns.h"
#include "store_cassandra/pipeline_row.h"
#include "store_cassandra/schema.h"
#include "store_cassandra/statements.h"
#include "store_cassandra/tables.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::chrono::seconds kSchemaTimeout{10};
constexpr std::chrono::milliseconds kSchemaPause{100};

// One pipeline's way through a keyspace.
class PipelineRegistry {
 public:
  PipelineRegistry(Client& client, const CassandraOptions& options, const Identity& identity,
                   CheckedFor checked_for = CheckedFor::kCounting)
      : client_(client),
        options_(options),
        identity_(identity),
        check_({"cassandra " + client.name(), "choose another keyspace"}, identity, kFormatVersion, checked_for),
        cql_(shared_cql(options.keyspace)),
        tables_(client, options, identity, check_, cql_),
        row_(client, options.keyspace, identity, check_, cql_) {}

  base::Result<CurrentGeneration> make(std::vector<std::string>& made) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_ASSIGN(const auto stored, row_.read());
    return make_or_check(stored, Engine::kSalestream, made);
  }

  base::Result<CurrentGeneration> find() {
    SALESTREAM_ASSIGN(const StoredPipeline stored, find_row());
    SALESTREAM_TRY(check_stored(stored));
    return stored.generation;
  }

  // The identity that was stored, and how it differs from ours.
  base::Result<AsStored> find_identity() {
    SALESTREAM_ASSIGN(StoredPipeline stored, find_row());
    SALESTREAM_TRY(check_.format(stored.format_version));
    auto definition = core::definition_of(stored.definition);
    if (!definition) return check_.unknown_definition();
    std::string difference = check_.difference(definition->pipeline, stored.definition, stored.source);
    return AsStored{{*std::move(definition), std::move(stored.source)}, std::move(difference)};
  }

  base::Result<CurrentGeneration> make_for(Engine engine, bool takes_over) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    std::vector<std::string> made;
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_ASSIGN(const auto stored, row_.read());
    if (!stored || stored->generation.engine == engine) {
      SALESTREAM_ASSIGN(const CurrentGeneration generation, make_or_check(stored, engine, made));
      SALESTREAM_TRY(check_.engine(generation.engine, engine));  // the other one may have been first
      return generation;
    }
    if (!takes_over) {
      SALESTREAM_ASSIGN(const bool has_counted, has_progress(stored->generation.number));
      if (has_counted || stored->generation.engine == Engine::kSpark)
        SALESTREAM_TRY(check_.engine(stored->generation.engine, engine));
    }
    SALESTREAM_TRY(renew(engine));
    SALESTREAM_ASSIGN(const CurrentGeneration generation, find());
    SALESTREAM_TRY(check_.engine(generation.engine, engine));  // it may have taken over as soon as we had
    return generation;
  }

  base::Result<CurrentGeneration> begin_repair() {
    SALESTREAM_ASSIGN(const StoredPipeline stored, find_to_repair());
    return row_.begin_repair(stored);
  }

  base::Result<bool> finish_repair() {
    SALESTREAM_ASSIGN(const StoredPipeline stored, find_to_repair());
    return row_.finish_repair(stored);
  }

  base::Status renew(Engine engine = Engine::kSalestream) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    SALESTREAM_ASSIGN(const bool are_any, tables_.are_any());
    if (!are_any) return {};
    std::vector<std::string> made;
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(tables_.check_owners());
    SALESTREAM_ASSIGN(const auto stored, row_.read());
    if (!stored && !tables_.has_own()) return {};
    if (stored) SALESTREAM_TRY(check_.format(stored->format_version));
    SALESTREAM_TRY(tables_.drop_unfit());
    SALESTREAM_TRY(tables_.make_own(made));
    if (!stored) return renew_without_row(engine);
    return row_.renew(*stored, engine);
  }

 private:
  base::Result<StoredPipeline> find_to_repair() {
    SALESTREAM_ASSIGN(StoredPipeline stored, find_row());
    SALESTREAM_TRY(check_stored(stored));
    SALESTREAM_TRY(check_.engine(stored.generation.engine, Engine::kSalestream));
    return stored;
  }

  base::Result<StoredPipeline> find_row() {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    const base::Error nothing_there = check_.nothing_there("holds no totals of this pipeline yet");
    SALESTREAM_ASSIGN(const bool are_there, tables_.find());
    if (!are_there) return nothing_there;
    SALESTREAM_ASSIGN(auto stored, row_.read());
    if (!stored) return nothing_there;
    return *std::move(stored);
  }

  base::Result<CurrentGeneration> make_or_check(const std::optional<StoredPipeline>& stored, Engine engine,
                                                std::vector<std::string>& made) {
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(tables_.check_owners());
    if (stored) return check_and_clear(*stored);

    SALESTREAM_TRY(tables_.make_own(made));
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation_of_new_tables());
    if (newest == 0) SALESTREAM_TRY(row_.insert(1, Generation{0}, engine));
    // Another instance may have been first.
    SALESTREAM_ASSIGN(const auto now_stored, row_.read());
    if (now_stored) return check_and_clear(*now_stored);
    if (newest > 0)
      return client_.failure(
          "holds cells or progress of this pipeline, but the pipeline's row in salestream_pipeline, which "
          "says what they are, is gone. Nothing was changed: put a good copy back, or start over with "
          "`salestream reset PIPELINE`");
    return client_.failure("the pipeline that was just made is gone: another program drops tables there");
  }

  // Another run may be making these tables, or was killed at it: while a server applies a schema change, its catalog
  // has a table before statements know it.
  base::Result<std::int32_t> newest_generation_of_new_tables() {
    const auto give_up = std::chrono::steady_clock::now() + kSchemaTimeout;
    for (;;) {
      auto newest = newest_generation(client_, options_.keyspace, identity_.definition);
      const bool is_unknown_yet = !newest.ok() && newest.error().message.find("does not exist") != std::string::npos;
      if (!is_unknown_yet || std::chrono::steady_clock::now() >= give_up) return newest;
      std::this_thread::sleep_for(kSchemaPause);
    }
  }

  // What the row said is lost, but a generation's number must never be used twice: cells and progress have it in their
  // key.
  base::Status renew_without_row(Engine engine) {
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation(client_, options_.keyspace, identity_.definition));
    SALESTREAM_TRY(row_.insert(newest + 1, Generation{newest == 0 ? 0 : client_.now_us()}, engine));
    SALESTREAM_ASSIGN(const auto stored, row_.read());
    if (!stored) return client_.failure("the pipeline that was just made is gone: another program drops tables there");
    return row_.clear_after_reset(stored->generation);
  }

  base::Result<bool> has_progress(std::int32_t generation) {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_progress));
    BoundRows row;
    progress_columns().key.bind(row, {{identity_.definition.pipeline, generation, {}}, {}});
    row.end_row();
    SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, row));
    return !answer.inputs.empty();
  }

  base::Status check_stored(const StoredPipeline& stored) const {
    SALESTREAM_TRY(check_.format(stored.format_version));
    SALESTREAM_TRY(check_.definition(stored.definition));
    SALESTREAM_TRY(check_.source(stored.source));
    return tables_.check_own();
  }

  base::Result<CurrentGeneration> check_and_clear(const StoredPipeline& stored) {
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(check_stored(stored));
    if (!stored.is_cleared) SALESTREAM_TRY(row_.clear(stored.generation));
    return stored.generation;
  }

  Client& client_;
  const CassandraOptions& options_;
  const Identity& identity_;
  const IdentityCheck check_;
  const SharedCql cql_;
  Tables tables_;
  PipelineRow row_;
};

}  // namespace

base::Result<CurrentGeneration> make_pipeline(Client& client, const CassandraOptions& options, const Identity& identity,
                                              std::vector<std::string>& made) {
  return PipelineRegistry(client, options, identity).make(made);
}

base::Result<CurrentGeneration> find_pipeline(Client& client, const CassandraOptions& options,
                                              const Identity& identity) {
  return PipelineRegistry(client, options, identity, CheckedFor::kReading).find();
}

base::Result<AsStored> find_identity(Client& client, const CassandraOptions& options, const Identity& identity) {
  return PipelineRegistry(client, options, identity, CheckedFor::kReading).find_identity();
}

base::Result<CurrentGeneration> begin_repair(Client& client, const CassandraOptions& options,
                                             const Identity& identity) {
  return PipelineRegistry(client, options, identity, CheckedFor::kReading).begin_repair();
}

base::Result<bool> finish_repair(Client& client, const CassandraOptions& options, const Identity& identity) {
  return PipelineRegistry(client, options, identity, CheckedFor::kReading).finish_repair();
}

base::Status renew_pipeline(Client& client, const CassandraOptions& options, const Identity& identity) {
  return PipelineRegistry(client, options, identity).renew();
}

base::Result<CurrentGeneration> make_pipeline_for(Client& client, const CassandraOptions& options,
                                                  const Identity& identity, Engine engine, bool takes_over) {
  return PipelineRegistry(client, options, identity).make_for(engine, takes_over);
}

}  // namespace salestream::store::cassandra
