// SPDX-License-Identifier: Apache-2.0
// A client that has no server: its requests fail as a test says, and else there is nothing, or three pages of nothing.
// For tests of this folder.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <utility>

#include "store_cassandra/client.h"

namespace salestream::store::cassandra {

class ScriptedClient final : public Client {
 public:
  ScriptedClient() : Client("scripted") {}

  std::deque<base::Error> errors;  // of the next requests
  int requests = 0;

  base::Status run(const std::string&) override { return request(); }
  base::Status await_one_schema() override { return request(); }
  base::Result<Statement> prepare(const std::string&, Repeat) override {
    SALESTREAM_TRY(request());
    return Statement{statements_++};
  }
  base::Status write(Statement, const BoundRows&) override { return request(); }
  base::Result<Answer> read(Statement, const BoundRows&) override { return answer(""); }
  base::Result<Answer> read(const KeyedStatement&, const BoundRows&) override { return answer(""); }
  base::Result<Answer> read_page(Statement, const BoundRows&, std::string& next) override {
    const std::string page = next.empty() ? "first" : next;
    SALESTREAM_TRY(request());
    next = page == "first" ? "second" : page == "second" ? "third" : "";
    return Answer{page, {}};
  }

 private:
  base::Status request() {
    ++requests;
    if (errors.empty()) return {};
    base::Error error = std::move(errors.front());
    errors.pop_front();
    return error;
  }
  base::Result<Answer> answer(const char* values) {
    SALESTREAM_TRY(request());
    return Answer{values, {}};
  }

  std::uint32_t statements_ = 0;
};

}  // namespace salestream::store::cassandra
