// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/rust_client.h"

#include <optional>

#include "salestream-cassandra/src/lib.rs.h"

namespace salestream::store::cassandra {
namespace {

constexpr std::int32_t kPageRows = 5000;

rust::Slice<const std::uint8_t> slice(std::string_view bytes) {
  return {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
}

std::string without(std::string text, const std::string& secret) {
  for (std::size_t at = 0; !secret.empty() && (at = text.find(secret, at)) != std::string::npos; at += 3)
    text.replace(at, secret.size(), "***");
  return text;
}

Answer answer_of(const bridge::Rows& rows) {
  return {std::string(reinterpret_cast<const char*>(rows.values.data()), rows.values.size()),
          std::vector<std::uint32_t>(rows.inputs.begin(), rows.inputs.end())};
}

bridge::ConnectOptions bridged(const CassandraOptions& options) {
  bridge::ConnectOptions out;
  for (const std::string& point : options.contact_points) out.contact_points.push_back(rust::String(point));
  out.keyspace = options.keyspace;
  out.local_datacenter = options.local_datacenter;
  out.consistency = store::name_of(options.consistency);
  out.user = options.user;
  out.password = options.password;
  out.uses_tls = options.uses_tls;
  out.ca_file = options.tls.ca_file;
  out.cert_file = options.tls.cert_file;
  out.key_file = options.tls.key_file;
  out.request_timeout_ms = static_cast<std::uint64_t>(options.request_timeout_ms);
  out.connect_timeout_ms = static_cast<std::uint64_t>(options.connect_timeout_ms);
  return out;
}

class RustClient final : public Client {
 public:
  explicit RustClient(const CassandraOptions& options) : Client(name_of(options)), password_(options.password) {}

  base::Status connect(const CassandraOptions& options) {
    return call("cannot be connected to: ",
                [&](bridge::Status& status) { client_ = bridge::connect(bridged(options), status); });
  }

  base::Status run(const std::string& cql) override {
    return call("", [&](bridge::Status& status) { (*client_)->run(cql, status); });
  }

  base::Status await_one_schema() override {
    return call("", [&](bridge::Status& status) { (*client_)->await_one_schema(status); });
  }

  base::Result<Statement> prepare(const std::string& cql, Repeat repeat) override {
    Statement statement;
    SALESTREAM_TRY(call("", [&](bridge::Status& status) {
      statement.number = (*client_)->prepare(cql, repeat == Repeat::kAllowed, status);
    }));
    return statement;
  }

  base::Status write(Statement statement, const BoundRows& rows) override {
    if (rows.rows() == 0) return {};
    return call("", [&](bridge::Status& status) {
      (*client_)->write(statement.number, rows.rows(), slice(rows.bytes()), status);
    });
  }

  base::Result<Answer> read(Statement statement, const BoundRows& rows) override {
    bridge::Rows found;
    SALESTREAM_TRY(call("", [&](bridge::Status& status) {
      (*client_)->read(statement.number, rows.rows(), slice(rows.bytes()), found, status);
    }));
    return answer_of(found);
  }

  base::Result<Answer> read(const KeyedStatement& statement, const BoundRows& rows) override {
    if (!statement.many) return read(statement.one, rows);
    bridge::Rows found;
    SALESTREAM_TRY(call("", [&](bridge::Status& status) {
      (*client_)->read_many(statement.one.number, statement.many->number, rows.rows(), slice(rows.bytes()), found,
                            status);
    }));
    return answer_of(found);
  }

  base::Result<Answer> read_page(Statement statement, const BoundRows& row, std::string& next) override {
    rust::Vec<std::uint8_t> paging_state;
    for (const char byte : next) paging_state.push_back(static_cast<std::uint8_t>(byte));
    bridge::Rows found;
    SALESTREAM_TRY(call("", [&](bridge::Status& status) {
      (*client_)->read_page(statement.number, slice(row.bytes()), kPageRows, paging_state, found, status);
    }));
    next.assign(paging_state.begin(), paging_state.end());
    return answer_of(found);
  }

 private:
  // Runs a call of the bridge; what it throws (text that isn't UTF-8) and what it says become a Status.
  template <typename Call>
  base::Status call(const std::string& what, const Call& call_bridge) const {
    bridge::Status status{bridge::Outcome::Failed, {}};
    std::string thrown;
    try {
      call_bridge(status);
    } catch (const std::exception& e) {
      thrown = e.what();
    }
    if (thrown.empty() && status.outcome == bridge::Outcome::Done) return {};
    const std::string said = thrown.empty() ? std::string(status.message) : thrown;
    std::string text = "cassandra " + name() + ": " + what + without(said, password_);
    if (status.outcome == bridge::Outcome::Retriable) return base::retriable(std::move(text));
    return base::failure(std::move(text));
  }

  const std::string password_;
  std::optional<rust::Box<bridge::Client>> client_;
};

}  // namespace

base::Status can_connect() { return {}; }

base::Result<std::shared_ptr<Client>> connect(const CassandraOptions& options) {
  auto client = std::make_shared<RustClient>(options);
  SALESTREAM_TRY(client->connect(options));
  return std::shared_ptr<Client>(std::move(client));
}

}  // namespace salestream::store::cassandra
