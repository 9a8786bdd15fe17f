// SPDX-License-Identifier: Apache-2.0
#include "store/cassandra/pipeline.h"

#include <algorithm>
#include <chrono>
#include <optional>

#include "base/log.h"
#include "store/cassandra/catalog.h"
#include "store/cassandra/clearing.h"
#include "store/cassandra/schema.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::size_t kShownBytes = 1000;
constexpr std::string_view kOwnEngine = "salestream", kSparkEngine = "spark";
// Beyond this a sum with an offset might not fit.
constexpr TimestampUs kGreatestBaseUs = TimestampUs{1} << 62;

TimestampUs now_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

struct StoredPipeline {
  std::int32_t format_version = 0;
  CurrentGeneration generation;
  std::string definition;
  std::string log;
  bool is_cleared = false;
};

struct OwnedTable {
  std::string name;
  std::string pipeline;
  bool is_made = false;
  std::string id;
};

// One pipeline's way through a keyspace.
class Keeper {
 public:
  Keeper(Client& client, const CassandraOptions& options, const Identity& identity)
      : client_(client), options_(options), identity_(identity), cql_(shared_cql(options.keyspace)) {
    for (const core::TotalsTable& table : identity.definition.totals) {
      own_shapes_.push_back(totals_table(table));
      own_shapes_.push_back(cells_table(table));
    }
  }

  base::Result<CurrentGeneration> make(std::vector<std::string>& made) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    SALESTREAM_TRY(make_shared_tables(made));
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    return make_or_check(stored, Engine::kSalestream, made);
  }

  base::Result<CurrentGeneration> find() {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    const auto nothing_there = [&] {
      return client_.failure("holds no totals of this pipeline yet: start `salestream run PIPELINE` or `salestream init "
                             "PIPELINE` first");
    };
    SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
    for (const TableShape& shape : shared_tables()) {
      const StoredTable* table = catalog_.find(shape.name);
      if (table == nullptr && is_later_table(shape)) continue;
      if (table == nullptr) return nothing_there();
      if (!missing_columns(table->shape, shape).empty())
        return client_.failure("its table " + shape.name + " is as an earlier salestream made it, and lacks columns: " +
                               "`salestream init PIPELINE` adds them, and so does `salestream run`");
      SALESTREAM_TRY(check_table(client_, *table, shape));
    }
    SALESTREAM_TRY(read_owned());
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (!stored) return nothing_there();
    SALESTREAM_TRY(check_stored(*stored));
    return stored->generation;
  }

  base::Result<CurrentGeneration> make_for(Engine engine, bool takes_over) {
    SALESTREAM_TRY(check_names(options_, identity_.definition));
    std::vector<std::string> made;
    SALESTREAM_TRY(make_shared_tables(made));
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
    SALESTREAM_TRY(make_shared_tables(made));
    SALESTREAM_TRY(read_owned());
    SALESTREAM_TRY(check_owners());
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (stored) SALESTREAM_TRY(check_format(*stored));
    SALESTREAM_TRY(drop_unfit_tables());
    SALESTREAM_TRY(make_own_tables(made));
    if (!stored) return renew_without_row(engine);
    SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, options_.keyspace, identity_.definition));
    const CurrentGeneration next{stored->generation.number + 1,
                                 next_generation(now_us(), stored->generation.base, newest_us), 0, engine};
    SALESTREAM_TRY(check_base(next.base));
    BoundRows row;
    bind_pipeline(row, next);
    row.text(identity_.definition.pipeline).integer(stored->generation.number).end_row();
    auto was_done = once(cql_.renew_pipeline, row);
    if (!was_done.ok())
      return client_.failure(was_done.error().message + ". Whether the pipeline was reset is not known: reset it again");
    if (!*was_done)
      return client_.failure("another reset of this pipeline came between: look at its outcome, then try again if needed");
    return clear_after_reset(next);
  }

 private:
  base::Result<CurrentGeneration> make_or_check(const std::optional<StoredPipeline>& stored, Engine engine,
                                                std::vector<std::string>& made) {
    SALESTREAM_TRY(read_owned());
    SALESTREAM_TRY(check_owners());
    if (stored) return check_and_clear(*stored);

    SALESTREAM_TRY(make_own_tables(made));
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation(client_, options_.keyspace, identity_.definition));
    if (newest == 0) SALESTREAM_TRY(insert_pipeline(1, Generation{0}, engine));
    // Another instance may have been first.
    SALESTREAM_ASSIGN(const auto now_stored, read_pipeline());
    if (now_stored) return check_and_clear(*now_stored);
    if (newest > 0)
      return client_.failure("holds cells or progress of this pipeline, but the pipeline's row in salestream_pipeline, which "
                             "says what they are, is gone. Nothing was changed: put a good copy back, or start over with "
                             "`salestream reset PIPELINE`");
    return client_.failure("the pipeline that was just made is gone: another program drops tables there");
  }

  // What the row said is lost, but a generation's number must never be used twice: cells and progress have it in their key.
  base::Status renew_without_row(Engine engine) {
    SALESTREAM_ASSIGN(const std::int32_t newest, newest_generation(client_, options_.keyspace, identity_.definition));
    SALESTREAM_TRY(insert_pipeline(newest + 1, Generation{newest == 0 ? 0 : now_us()}, engine));
    SALESTREAM_ASSIGN(const auto stored, read_pipeline());
    if (!stored) return client_.failure("the pipeline that was just made is gone: another program drops tables there");
    return clear_after_reset(stored->generation);
  }

  // `former`: what the base has to lie beyond by a margin, if there was something.
  base::Status insert_pipeline(std::int32_t number, Generation former, Engine engine) {
    // Rows of another program may be there already, with a clock that goes before ours.
    SALESTREAM_ASSIGN(const TimestampUs newest_us, newest_totals_us(client_, options_.keyspace, identity_.definition));
    const Generation base = former.base_us == 0 ? first_generation(std::max(now_us(), newest_us))
                                                : next_generation(now_us(), former, newest_us);
    SALESTREAM_TRY(check_base(base));
    BoundRows row;
    row.text(identity_.definition.pipeline);
    bind_pipeline(row, {number, base, 0, engine});
    row.end_row();
    auto inserted = once(cql_.insert_pipeline, row);
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

  // A lightweight transaction; whether it was done.
  base::Result<bool> once(const std::string& cql, const BoundRows& row) {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql, Client::Repeat::kNever));
    SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, row));
    if (answer.inputs.empty()) return false;
    return boolean_of(ValueReader(answer.values).next().value_or("")).value_or(false);
  }

  // Never tried again by itself: to ask again while a cluster still works on it makes two of one table.
  base::Status change_schema(const std::string& cql) {
    const base::Status changed = client_.run(cql);
    if (changed.ok()) return {};
    return base::failure(changed.error().message + ". Whether a change of the schema was made is not known: look after the "
                                                   "nodes, and start again");
  }

  // An earlier salestream knew less. Two instances may both do it: whoever is second finds the columns there.
  base::Status complete_table(const TableShape& shape, std::vector<std::string>& made) {
    const StoredTable* table = catalog_.find(shape.name);
    if (table == nullptr) return {};
    const std::vector<ColumnShape> missing = missing_columns(table->shape, shape);
    if (missing.empty()) return {};
    const base::Status added = change_schema(add_columns_cql(options_.keyspace, shape.name, missing));
    SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
    table = catalog_.find(shape.name);
    if (!added.ok() && (table == nullptr || !difference(table->shape, shape).empty())) return added;
    for (const ColumnShape& column : missing)
      made.push_back("column " + column.name + " of table " + qualified_name(options_.keyspace, shape.name) +
                     " in cassandra " + client_.name());
    return {};
  }

  base::Status make_table(const TableShape& shape, std::vector<std::string>& made) {
    if (const StoredTable* table = catalog_.find(shape.name)) return check_table(client_, *table, shape);
    SALESTREAM_TRY(change_schema(shape.cql(options_.keyspace)));
    made.push_back("table " + qualified_name(options_.keyspace, shape.name) + " in cassandra " + client_.name());
    return {};
  }

  base::Status make_shared_tables(std::vector<std::string>& made) {
    SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
    // Before anything is made. Where salestream has been before, its own tables say more about what differs.
    const bool is_first = catalog_.find(pipelines_table().name) == nullptr;
    if (!is_first)
      for (const TableShape& shape : shared_tables()) SALESTREAM_TRY(complete_table(shape, made));
    for (const TableShape& shape : is_first ? own_shapes_ : shared_tables())
      if (const StoredTable* table = catalog_.find(shape.name)) SALESTREAM_TRY(check_table(client_, *table, shape));
    if (!catalog_.has_keyspace) {
      if (!options_.create_keyspace)
        return client_.failure("has no keyspace " + options_.keyspace +
                               ": make it, or let salestream do it (create_keyspace: true)");
      SALESTREAM_TRY(change_schema(keyspace_cql(options_)));
      made.push_back("keyspace " + options_.keyspace + " in cassandra " + client_.name());
    }
    for (const TableShape& shape : shared_tables()) SALESTREAM_TRY(make_table(shape, made));
    return {};
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

  // Who owns our tables. Each is asked for by its key, so that a run can start while a node has just frozen: of a scan
  // Cassandra asks no second copy in time.
  base::Status read_owned() {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.read_owned));
    BoundRows rows;
    for (const TableShape& shape : own_shapes_) rows.text(shape.name).end_row();
    SALESTREAM_ASSIGN(const Answer answer, client_.read(statement, rows));
    owned_.clear();
    add_owned(answer);
    return {};
  }

  // All tables of all pipelines.
  base::Status scan_owned() {
    SALESTREAM_ASSIGN(const Statement statement, client_.prepare(cql_.scan_owned));
    owned_.clear();
    return client_.scan(statement, {}, [&](const Answer& page) -> base::Status {
      add_owned(page);
      return {};
    });
  }

  void add_owned(const Answer& answer) {
    for (ValueReader row(answer.values); !row.at_end();) {
      OwnedTable table;
      table.name = row.next().value_or("");
      table.pipeline = row.next().value_or("");
      table.is_made = boolean_of(row.next().value_or("")).value_or(false);
      table.id = row.next().value_or("");
      owned_.push_back(std::move(table));
    }
  }

  const OwnedTable* owned(const std::string& name) const {
    const auto found =
        std::find_if(owned_.begin(), owned_.end(), [&](const OwnedTable& table) { return table.name == name; });
    return found == owned_.end() ? nullptr : &*found;
  }

  base::Error of_another_pipeline(const std::string& table, const std::string& pipeline) const {
    return client_.failure("its table " + table + " holds the totals of the pipeline " +
                           base::printable(pipeline, kShownBytes) + ", and this is the pipeline " +
                           base::printable(identity_.definition.pipeline, kShownBytes) +
                           ". Nothing was changed: choose another keyspace or another name for the table");
  }

  base::Status check_owners() const {
    for (const TableShape& shape : own_shapes_)
      if (const OwnedTable* table = owned(shape.name); table != nullptr && table->pipeline != identity_.definition.pipeline)
        return of_another_pipeline(shape.name, table->pipeline);
    return {};
  }

  // Totals and cells: all are looked at before the first is made.
  base::Status make_own_tables(std::vector<std::string>& made) {
    for (const TableShape& shape : own_shapes_)
      if (const StoredTable* table = catalog_.find(shape.name)) SALESTREAM_TRY(check_table(client_, *table, shape));
    std::vector<std::string> new_tables;
    for (const TableShape& shape : own_shapes_) {
      if (catalog_.find(shape.name) == nullptr) new_tables.push_back(shape.name);
      SALESTREAM_TRY(make_table(shape, made));
    }
    SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
    for (const TableShape& shape : own_shapes_) {
      const bool is_new = std::find(new_tables.begin(), new_tables.end(), shape.name) != new_tables.end();
      SALESTREAM_TRY(claim(shape.name, is_new));
    }
    return {};
  }

  base::Status claim(const std::string& table, bool is_new) {
    const StoredTable* stored = catalog_.find(table);
    if (stored == nullptr) return client_.failure("its table " + table + " was dropped while it was being made");
    const OwnedTable* before = owned(table);
    if (before != nullptr && before->id == stored->id) return {};
    BoundRows row;
    if (before != nullptr) {
      row.boolean(is_new).blob(stored->id).text(table).text(identity_.definition.pipeline).end_row();
      auto updated = once(cql_.update_claim, row);
      if (!updated.ok()) return std::move(updated).error();
      return {};
    }
    row.text(table).text(identity_.definition.pipeline).boolean(is_new).blob(stored->id).end_row();
    SALESTREAM_ASSIGN(const bool was_done, once(cql_.claim_table, row));
    if (was_done) return {};
    // Another instance of this pipeline, or another pipeline at the same moment.
    SALESTREAM_TRY(read_owned());
    return check_owners();
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
      return client_.failure("its table salestream_pipeline is not as salestream made it, so whose totals these are is not "
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
      return text.empty() ? "(no such line)" : base::printable(text, kShownBytes);
    };
    if (const auto found = core::first_difference(stored.definition, identity_.definition.canonical_text()))
      return client_.failure("its totals were counted with another pipeline file.\n  it was: " + line(found->first) +
                             "\n  it is:  " + line(found->second) + "\n" + what_to_do);
    if (stored.log != identity_.log)
      return client_.failure("its totals were counted from another log.\n  it was: " + line(stored.log) +
                             "\n  it is:  " + line(identity_.log) + "\n" + what_to_do);
    for (const TableShape& shape : own_shapes_) {
      const StoredTable* table = catalog_.find(shape.name);
      if (table == nullptr)
        return client_.failure("its table " + shape.name +
                               " is gone. Put a good copy back, or start over with `salestream reset PIPELINE`");
      SALESTREAM_TRY(check_table(client_, *table, shape));
      const OwnedTable* claimed = owned(shape.name);
      if (claimed != nullptr && claimed->pipeline == identity_.definition.pipeline && claimed->id != table->id)
        return client_.failure("its table " + shape.name + " was dropped and made anew, so rows are missing in it. Start "
                               "over with `salestream reset PIPELINE`");
    }
    return {};
  }

  base::Result<CurrentGeneration> check_and_clear(const StoredPipeline& stored) {
    SALESTREAM_TRY(read_owned());
    SALESTREAM_TRY(check_stored(stored));
    if (!stored.is_cleared) SALESTREAM_TRY(clear(stored.generation));
    return stored.generation;
  }

  base::Status clear(const CurrentGeneration& generation) {
    SALESTREAM_TRY(clear_former_generations(client_, options_.keyspace, identity_.definition, generation.number,
                                            generation.base));
    BoundRows row;
    row.text(identity_.definition.pipeline).integer(generation.number).end_row();
    auto cleared = once(cql_.set_cleared, row);
    if (!cleared.ok()) return std::move(cleared).error();
    return {};
  }

  // For a new generation: tables of ours that the pipeline file has no more, or has in another shape. Only what
  // salestream made is dropped.
  base::Status drop_unfit_tables() {
    SALESTREAM_TRY(scan_owned());
    for (const OwnedTable& table : owned_) {
      if (table.pipeline != identity_.definition.pipeline) continue;
      const StoredTable* stored = catalog_.find(table.name);
      const auto wanted = std::find_if(own_shapes_.begin(), own_shapes_.end(),
                                       [&](const TableShape& shape) { return shape.name == table.name; });
      const bool is_wanted = wanted != own_shapes_.end();
      if (stored != nullptr && (!is_wanted || !difference(stored->shape, *wanted).empty())) {
        if (table.is_made && stored->id == table.id)
          SALESTREAM_TRY(change_schema("DROP TABLE IF EXISTS " + qualified_name(options_.keyspace, table.name)));
        else if (is_wanted)
          SALESTREAM_TRY(check_table(client_, *stored, *wanted));
      }
      if (is_wanted) continue;
      BoundRows row;
      row.text(table.name).text(identity_.definition.pipeline).end_row();
      auto released = once(cql_.release_table, row);
      if (!released.ok()) return std::move(released).error();
    }
    SALESTREAM_ASSIGN(catalog_, read_catalog(client_, options_.keyspace));
    return read_owned();
  }

  Client& client_;
  const CassandraOptions& options_;
  const Identity& identity_;
  const SharedCql cql_;
  std::vector<TableShape> own_shapes_;
  Catalog catalog_;
  std::vector<OwnedTable> owned_;
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
