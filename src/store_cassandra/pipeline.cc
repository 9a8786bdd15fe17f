// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/pipeline.h"

#include <algorithm>
#include <optional>

#include "base/logging.h"
#include "store_cassandra/clearing.h"
#include "store_cassandra/schema.h"
#include "store_cassandra/tables.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::size_t kMaxShownIdentityBytes = 1000;
constexpr std::string_view kOwnEngine = "salestream", kSparkEngine = "spark";
// Beyond this a sum with an offset might not fit.
constexpr TimestampUs kGreatestBaseUs = TimestampUs{1} << 62;

struct StoredPipeline {
  std::int32_t format_version = 0;
  CurrentGeneration generation;
  std::string definition;
  std::string log;
  bool is_cleared = false;
};

// One pipeline's way through a keyspace.
class Keeper {
 public:
  Keeper(Client& client, const CassandraOptions& options, const Identity& identity)
      : client_(client),
        options_(options),
        identity_(identity),
        cql_(shared_cql(options.keyspace)),
        tables_(client, options, identity, cql_) {}

  base::Result<CurrentGeneration> make(std::vector<std::string>& made) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    return make_or_check(stored, Engine::kSalestream, made);
  }

  base::Result<CurrentGeneration> find() {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    const auto nothing_there = [&] {
      return client_.failure(
          "holds no totals of this pipeline yet: start `salestream run PIPELINE` or `salestream init "
          "PIPELINE` first");
    };
    SALESTREAM_ASSIGN(const bool are_there, tables_.find());
    if (!are_there) return nothing_there();
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (!stored) return nothing_there();
    SALESTREAM_TRY(check_stored(*stored));
    return stored->generation;
  }

  base::Result<CurrentGeneration> make_for(Engine engine, bool takes_over) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    std::vector<std::string> made;
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (!stored || stored->generation.engine == engine) {
      SALESTREAM_ASSIGN(const CurrentGeneration generation, make_or_check(stored, engine, made));
      if (generation.engine != engine) return filled_by(generation.engine);  // the other one was first
      return generation;
    }
    if (!takes_over) {
      SALESTREAM_ASSIGN(const bool has_counted, has_progress(stored->generation.number));
      if (has_counted || stored->generation.engine == Engine::kSpark) return filled_by(stored->generation.engine);
    }
    SALESTREAM_TRY(renew(engine));
    SALESTREAM_ASSIGN(const CurrentGeneration generation, find());
    if (generation.engine != engine) return filled_by(generation.engine);  // it took over as soon as we had
    return generation;
  }

  base::Status renew(Engine engine = Engine::kSalestream) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    std::vector<std::string> made;
    SALESTREAM_TRY(tables_.make_shared(made));
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(tables_.check_owners());
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (stored) SALESTREAM_TRY(check_format(*stored));
    SALESTREAM_TRY(tables_.drop_unfit());
    SALESTREAM_TRY(tables_.make_own(made));
    if (!stored) return renew_without_row(engine);
    SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, options_.keyspace, identity_.definition));
    const CurrentGeneration next{stored->generation.number + 1,
                                 next_generation(client_.now_us(), stored->generation.base, newest_us), 0, engine};
    SALESTREAM_TRY(check_base(next.base));
    BoundRows row;
    bind_pipeline(row, next);
    row.text(identity_.definition.pipeline).integer(stored->generation.number).end_row();
    auto was_done = client_.transact(cql_.renew_pipeline, row);
    if (!was_done.ok())
      return client_.failure(was_done.error().message +
                             ". Whether the pipeline was reset is not known: reset it again");
    if (!*was_done)
      return client_.failure(
          "another reset of this pipeline came between: look at its outcome, then try again if needed");
    return clear_after_reset(next);
  }

 private:
  base::Result<CurrentGeneration> make_or_check(const std::optional<StoredPipeline>& stored, Engine engine,
                                                std::vector<std::string>& made) {
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(tables_.check_owners());
    if (stored) return check_and_clear(*stored);

    SALESTREAM_TRY(tables_.make_own(made));
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation(client_, options_.keyspace, identity_.definition));
    if (newest == 0) SALESTREAM_TRY(insert_pipeline(1, Generation{0}, engine));
    // Another instance may have been first.
    SALESTREAM_ASSIGN(const auto now_stored, read_pipeline());
    if (now_stored) return check_and_clear(*now_stored);
    if (newest > 0)
      return client_.failure(
          "holds cells or progress of this pipeline, but the pipeline's row in salestream_pipeline, which "
          "says what they are, is gone. Nothing was changed: put a good copy back, or start over with "
          "`salestream reset PIPELINE`");
    return client_.failure("the pipeline that was just made is gone: another program drops tables there");
  }

  // What the row said is lost, but a generation's number must never be used twice: cells and progress have it in their
  // key.
  base::Status renew_without_row(Engine engine) {
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation(client_, options_.keyspace, identity_.definition));
    SALESTREAM_TRY(insert_pipeline(newest + 1, Generation{newest == 0 ? 0 : client_.now_us()}, engine));
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (!stored) return client_.failure("the pipeline that was just made is gone: another program drops tables there");
    return clear_after_reset(stored->generation);
  }

  // `former`: what the base has to lie beyond by a margin, if there was something.
  base::Status insert_pipeline(std::int32_t number, Generation former, Engine engine) {
    // Rows of another program may be there already, with a clock that goes before ours.
    SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, options_.keyspace, identity_.definition));
    const Generation base = former.base_us == 0 ? first_generation(std::max(client_.now_us(), newest_us))
                                                : next_generation(client_.now_us(), former, newest_us);
    SALESTREAM_TRY(check_base(base));
    BoundRows row;
    row.text(identity_.definition.pipeline);
    bind_pipeline(row, {number, base, 0, engine});
    row.end_row();
    auto inserted = client_.transact(cql_.insert_pipeline, row);
    if (!inserted.ok()) return std::move(inserted).error();
    return {};
  }

  base::Status clear_after_reset(const CurrentGeneration& generation) {
    const base::Status cleared = clear(generation);
    if (cleared.ok()) return {};
    return client_.failure(cleared.error().message +
                           ". The pipeline was reset all the same; the next run deletes what is left of before");
  }

  base::Status check_base(Generation base) const {
    if (base.base_us <= kGreatestBaseUs) return {};
    return client_.failure("rows of its totals have write timestamps so far in the future (" +
                           std::to_string(base.base_us) +
                           " µs) that nothing can be written after them: drop these tables, and start again");
  }

  void bind_pipeline(BoundRows& row, const CurrentGeneration& generation) const {
    row.integer(kFormatVersion).integer(generation.number).bigint(generation.base.base_us);
    row.text(identity_.definition.canonical_text()).text(identity_.log).boolean(false);
    row.text(generation.engine == Engine::kSpark ? kSparkEngine : kOwnEngine);
  }

  base::Result<bool> has_progress(std::int32_t generation) {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_progress));
    BoundRows row;
    row.text(identity_.definition.pipeline).integer(generation).end_row();
    SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, row));
    return !answer.inputs.empty();
  }

  base::Error filled_by(Engine engine) const {
    if (engine == Engine::kSpark)
      return client_.failure(
          "Spark fills the totals of this pipeline (`salestream spark submit`), and two engines would write over each other. "
          "Nothing was changed: `salestream spark status PIPELINE --remote …` shows what Spark does. To count with this "
          "program instead, end that with `salestream spark stop`, and start `salestream run PIPELINE --take-over`, which "
          "counts anew from the log's beginning");
    return client_.failure(
        "`salestream run` fills the totals of this pipeline, and two engines would write over each other. Nothing was changed: "
        "to have Spark count it instead, stop the run, and submit with --take-over, which counts anew from the log's "
        "beginning");
  }

  base::Result<std::optional<StoredPipeline>> read_pipeline() {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_pipeline));
    BoundRows row;
    row.text(identity_.definition.pipeline).end_row();
    SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, row));
    if (answer.inputs.empty()) return std::optional<StoredPipeline>{};
    ValueReader values(answer.values);
    StoredPipeline stored;
    const auto version = integer_of(values.next().value_or(""));
    const auto generation = integer_of(values.next().value_or(""));
    const auto base_us = bigint_of(values.next().value_or(""));
    if (!version || !generation || !base_us)
      return client_.failure(
          "its table salestream_pipeline is not as salestream made it, so whose totals these are is not "
          "known. Nothing was changed: put a good copy back, or choose another keyspace");
    stored.format_version = *version;
    stored.generation = {*generation, Generation{*base_us}};
    stored.definition = values.next().value_or("");
    stored.log = values.next().value_or("");
    stored.is_cleared = boolean_of(values.next().value_or("")).value_or(false);
    stored.generation.began_us = bigint_of(values.next().value_or("")).value_or(0);
    // Rows of before there was the column have none.
    if (values.next().value_or(kOwnEngine) == kSparkEngine) stored.generation.engine = Engine::kSpark;
    return std::optional(std::move(stored));
  }

  base::Status check_format(const StoredPipeline& stored) const {
    if (stored.format_version <= kFormatVersion) return {};
    return client_.failure("was written by a newer salestream (format " + std::to_string(stored.format_version) +
                           ", this one knows " + std::to_string(kFormatVersion) +
                           "). Nothing was changed: use the newer program, or choose another keyspace");
  }

  base::Status check_stored(const StoredPipeline& stored) const {
    SALESTREAM_TRY(check_format(stored));
    const std::string what_to_do =
        "Nothing was changed. Totals of two kinds are never mixed: run with what it was, or start over with `salestream "
        "reset PIPELINE`, or choose another keyspace";
    const auto line = [](const std::string& text) {
      return text.empty() ? "(no such line)" : base::printable(text, kMaxShownIdentityBytes);
    };
    if (const auto found = core::first_difference(stored.definition, identity_.definition.canonical_text()))
      return client_.failure("its totals were counted with another pipeline file.\n  it was: " + line(found->first) +
                             "\n  it is:  " + line(found->second) + "\n" + what_to_do);
    if (stored.log != identity_.log)
      return client_.failure("its totals were counted from another log.\n  it was: " + line(stored.log) +
                             "\n  it is:  " + line(identity_.log) + "\n" + what_to_do);
    return tables_.check_own();
  }

  base::Result<CurrentGeneration> check_and_clear(const StoredPipeline& stored) {
    SALESTREAM_TRY(tables_.read_owners());
    SALESTREAM_TRY(check_stored(stored));
    if (!stored.is_cleared) SALESTREAM_TRY(clear(stored.generation));
    return stored.generation;
  }

  base::Status clear(const CurrentGeneration& generation) {
    SALESTREAM_TRY(
        clear_former_generations(client_, options_.keyspace, identity_.definition, generation.number, generation.base));
    BoundRows row;
    row.text(identity_.definition.pipeline).integer(generation.number).end_row();
    auto cleared = client_.transact(cql_.set_cleared, row);
    if (!cleared.ok()) return std::move(cleared).error();
    return {};
  }

  Client& client_;
  const CassandraOptions& options_;
  const Identity& identity_;
  const SharedCql cql_;
  Tables tables_;
};

}  // namespace

base::Result<CurrentGeneration> make_pipeline(Client& client, const CassandraOptions& options, const Identity& identity,
                                              std::vector<std::string>& made) {
  return Keeper(client, options, identity).make(made);
}

base::Result<CurrentGeneration> find_pipeline(Client& client, const CassandraOptions& options,
                                              const Identity& identity) {
  return Keeper(client, options, identity).find();
}

base::Status renew_pipeline(Client& client, const CassandraOptions& options, const Identity& identity) {
  return Keeper(client, options, identity).renew();
}

base::Result<CurrentGeneration> make_pipeline_for(Client& client, const CassandraOptions& options,
                                                  const Identity& identity, Engine engine, bool takes_over) {
  return Keeper(client, options, identity).make_for(engine, takes_over);
}

}  // namespace salestream::store::cassandra
