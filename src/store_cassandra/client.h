// SPDX-License-Identifier: Apache-2.0
// A connection to a cluster, and its failures in words: the one C++ file that knows the Rust bridge is this header's
// .cc. Any thread may call any function at any time; each call ends within the time limits of the options.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "store/options.h"
#include "store_cassandra/values.h"

namespace salestream::store::cassandra {

// A prepared statement's number.
struct Statement {
  std::uint32_t number = 0;
};

// TableCql::ByKey, prepared.
struct KeyedStatement {
  Statement one;
  std::optional<Statement> many;
};

// What a statement gave: `inputs` says for each row which of the bound rows it answers.
struct Answer {
  std::string values;
  std::vector<std::uint32_t> inputs;
};

class Client {
 public:
  // "127.0.0.1:9042,127.0.0.2:9042/ecommerce", as messages name it.
  static std::string name_of(const CassandraOptions& options);

  static base::Result<std::shared_ptr<Client>> connect(const CassandraOptions& options);
  ~Client();

  // A statement that changes the schema; returns when all nodes know.
  base::Status run(const std::string& cql);

  // Returns when all nodes have the same schema, or one of them has not answered for some seconds.
  base::Status await_one_schema();

  enum class Repeat : std::uint8_t { kAllowed, kNever };  // whether the driver may send it twice
  base::Result<Statement> prepare(const std::string& cql, Repeat repeat = Repeat::kAllowed);

  // Once for each bound row, 64 at a time. After an error any of them may have been done.
  base::Status write(Statement statement, const BoundRows& rows);
  base::Result<Answer> read(Statement statement, const BoundRows& rows);

  // The same, with a request for many keys where the cluster allows it. No two rows are the same.
  base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows);

  // A lightweight transaction, which is never sent twice: whether it was done.
  base::Result<bool> transact(const std::string& cql, const BoundRows& row);

  // All rows of one statement, a page of a bounded number of rows at a time; an error of `on_page` ends it.
  base::Status scan(Statement statement, const BoundRows& row,
                    const std::function<base::Status(const Answer&)>& on_page);

  const std::string& name() const { return name_; }
  // A failure that names this cluster.
  base::Error failure(const std::string& what) const { return base::failure("cassandra " + name_ + ": " + what); }

 private:
  struct Bridge;
  explicit Client(const CassandraOptions& options);

  const std::string name_;
  std::unique_ptr<Bridge> bridge_;
};

}  // namespace salestream::store::cassandra
