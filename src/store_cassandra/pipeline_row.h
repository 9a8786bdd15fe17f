// SPDX-License-Identifier: Apache-2.0
// A pipeline's row, which says whose the rows of a keyspace are and which generation counts: read, made, renewed for a
// new generation, repaired, and what is older than a generation cleared away. Its writes are lightweight transactions,
// so several processes may do any of it at once. Any thread, one at a time.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/identity_check.h"
#include "store/store.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"
#include "store_cassandra/statements.h"

namespace salestream::store::cassandra {

// The error of what was to follow something that has been done all the same, `done`. `next`: what does the rest, where
// the error may go by itself.
base::Error left_undone(const base::Error& error, const std::string& done, const std::string& next);

class PipelineRow {
 public:
  // All have to live as long.
  PipelineRow(Client& client, const std::string& keyspace, const Identity& identity, const IdentityCheck& check,
              const SharedCql& cql)
      : client_(client), keyspace_(keyspace), identity_(identity), check_(check), cql_(cql) {}

  base::Result<std::optional<StoredPipeline>> read();

  // Where there is none; not an error when another instance is first. `former`: what the base has to lie beyond by a
  // margin, if there was something.
  base::Status insert(std::int32_t number, Generation former, Engine engine);

  // The generation after the stored one, with this identity; clears what is older.
  base::Status renew(const StoredPipeline& stored, Engine engine);

  // Has totals rows count from a new base, beyond all that was written to them, also by hand. What is left to do then,
  // clear() does, which the next run does as well if this process is killed.
  base::Result<CurrentGeneration> begin_repair(const StoredPipeline& stored);
  // Does that, and says whether there was something to do. Where there is nothing, it may have been done in part by an
  // attempt that failed, and for a generation that is over: what that wrote goes.
  base::Result<bool> finish_repair(const StoredPipeline& stored);

  // Writes the totals again, if they were repaired, and deletes those that are older, and all other rows of the
  // generations before.
  base::Status clear(const CurrentGeneration& generation);
  base::Status clear_after_reset(const CurrentGeneration& generation);  // with an error that says that there was one

 private:
  base::Status check_base(Generation base) const;
  StoredPipeline row_of(const CurrentGeneration& generation) const;  // not cleared yet
  base::Status clear_totals_before(CurrentGeneration generation);    // its base
  // Writes these columns, unless the row is no longer as it was stored. The texts are for a failure after which nothing
  // is known, and for a row that was changed.
  base::Status change(const std::string& cql, const Columns<StoredPipeline>& columns, const StoredPipeline& changed,
                      const StoredPipeline& stored, std::string_view not_known, std::string_view came_between);

  Client& client_;
  const std::string& keyspace_;
  const Identity& identity_;
  const IdentityCheck& check_;
  const SharedCql& cql_;
};

}  // namespace salestream::store::cassandra
