// SPDX-License-Identifier: Apache-2.0
// The tables of a pipeline in its keyspace: made where they are missing, compared with the shape that they have to
// have, and claimed, so that no two pipelines fill one table. Several processes may do any of it at once. Any thread,
// one at a time.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/identity_check.h"
#include "store/options.h"
#include "store/store.h"
#include "store_cassandra/catalog.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"
#include "store_cassandra/schema.h"
#include "store_cassandra/statements.h"

namespace salestream::store::cassandra {

// "Shared" are those that all pipelines of a keyspace have together, "own" are a pipeline's totals and cells.
class Tables {
 public:
  // All have to live as long.
  Tables(Client& client, const CassandraOptions& options, const Identity& identity, const IdentityCheck& check,
         const SharedCql& cql);

  // Looks at what is there, and makes nothing. False: nothing of salestream's is in this keyspace.
  base::Result<bool> are_any();
  // The same. False: a shared table is missing.
  base::Result<bool> find();

  // These make what is missing, and append what they made to `made`, a line each.
  base::Status make_shared(std::vector<std::string>& made);
  base::Status make_own(std::vector<std::string>& made);

  base::Status read_owners();
  // Whether there is a table of cells of ours, or one that this pipeline has claimed.
  bool has_own() const;
  // An error where a table of ours is another pipeline's.
  base::Status check_owners() const;
  // An error where a table of ours is missing, of another shape, or another than the one that was claimed.
  base::Status check_own() const;

  // For a new generation: tables of ours that the pipeline file has no more, or has in another shape. Only what
  // salestream made is dropped.
  base::Status drop_unfit();

 private:
  bool has_cells() const;
  base::Status change_schema(const std::string& cql);
  base::Status complete_table(const TableShape& shape, std::vector<std::string>& made);
  base::Status make_table(const TableShape& shape, std::vector<std::string>& made);
  base::Status scan_owned();
  base::Status add_owned(const Answer& answer);
  const OwnedTable* owned(const std::string& name) const;
  base::Status claim(const std::string& table, bool is_new);

  Client& client_;
  const CassandraOptions& options_;
  const std::string& pipeline_;
  const IdentityCheck& check_;
  const SharedCql& cql_;
  std::vector<TableShape> own_shapes_;
  Catalog catalog_;
  std::vector<OwnedTable> owned_;
};

}  // namespace salestream::store::cassandra
