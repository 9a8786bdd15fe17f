// SPDX-License-Identifier: Apache-2.0
// Whose rows a keyspace holds: making the tables, comparing them with a pipeline's identity, starting a generation.
// Several processes may do any of it at once: what must happen once is a lightweight transaction. Any thread.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "store/options.h"
#include "store/store.h"
#include "store_cassandra/client.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {

// Makes what is missing, and sees to it that all of it is this pipeline's, with this definition and source. Appends
// what it made to `made`, a line each.
base::Result<CurrentGeneration> make_pipeline(Client& client, const CassandraOptions& options, const Identity& identity,
                                              std::vector<std::string>& made);

// The same, making nothing: an error when something is missing.
base::Result<CurrentGeneration> find_pipeline(Client& client, const CassandraOptions& options,
                                              const Identity& identity);

// The identity that the pipeline's totals were counted with, and how it differs from this one.
base::Result<AsStored> find_identity(Client& client, const CassandraOptions& options, const Identity& identity);

// A repair of the totals rows, in two steps (docs/exactly-once.md, rule 14): the first decides it, once; what is left
// to do then may be tried again, and is done by the next run if it is not done here. The second says whether there was
// something left.
base::Result<CurrentGeneration> begin_repair(Client& client, const CassandraOptions& options, const Identity& identity);
base::Result<bool> finish_repair(Client& client, const CassandraOptions& options, const Identity& identity);

// Starts a new generation with this identity; nothing where the keyspace holds nothing of the pipeline.
base::Status renew_pipeline(Client& client, const CassandraOptions& options, const Identity& identity);

// As make_pipeline, for an engine that fills the tables from now on. What the other one has counted is an error, unless
// it is to be taken over: then, and where that one has counted nothing yet, a new generation begins.
base::Result<CurrentGeneration> make_pipeline_for(Client& client, const CassandraOptions& options,
                                                  const Identity& identity, Engine engine, bool takes_over);

}  // namespace salestream::store::cassandra
