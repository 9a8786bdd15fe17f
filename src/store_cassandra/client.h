// SPDX-License-Identifier: Apache-2.0
// What the adapter asks of a cluster: statements prepared, written, read and scanned, and its failures in words. Over
// the real driver it is made by connect() (rust_client.h); the simulation has one of its own. Any thread may call any
// function at any time; each call ends within the time limits of the options.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "store/options.h"
#include "store/timestamps.h"
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

  virtual ~Client() = default;

  // A statement that changes the schema; returns when all nodes know.
  virtual base::Status run(const std::string& cql) = 0;

  // Returns when all nodes have the same schema, or one of them has not answered for some seconds.
  virtual base::Status await_one_schema() = 0;

  // Who may send it once more when it is not known whether it was done: the driver too, only its caller, or nobody.
  enum class Repeat : std::uint8_t { kAllowed, kByCaller, kNever };
  virtual base::Result<Statement> prepare(const std::string& cql, Repeat repeat) = 0;
  base::Result<Statement> prepare(const std::string& cql) { return prepare(cql, Repeat::kAllowed); }

  // Once for each bound row, 64 at a time. After an error any of them may have been done.
  virtual base::Status write(Statement statement, const BoundRows& rows) = 0;
  virtual base::Result<Answer> read(Statement statement, const BoundRows& rows) = 0;

  // The same, with a request for many keys where the cluster allows it. No two rows are the same.
  virtual base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows) = 0;

  // A lightweight transaction, which the driver never sends twice: whether it was done. After a retriable error it may
  // have been.
  base::Result<bool> transact(const std::string& cql, const BoundRows& row, Repeat repeat = Repeat::kNever);
  base::Result<bool> transact(Statement statement, const BoundRows& row);

  // A bounded number of the rows of one statement: the first when `next` is empty. It becomes where the next ones
  // begin, or empty when there are none; an error leaves it as it is.
  virtual base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) = 0;
  // All of them, a page at a time; an error of `on_page` ends it.
  base::Status scan(Statement statement, const BoundRows& row,
                    const std::function<base::Status(const Answer&)>& on_page);

  // This machine's clock, by which a generation's base is chosen and its age is told.
  virtual TimestampUs now_us() const;

  const std::string& name() const { return name_; }
  // A failure that names this cluster.
  base::Error failure(const std::string& what) const { return base::failure("cassandra " + name_ + ": " + what); }

 protected:
  explicit Client(std::string name) : name_(std::move(name)) {}

 private:
  const std::string name_;
};

}  // namespace salestream::store::cassandra
