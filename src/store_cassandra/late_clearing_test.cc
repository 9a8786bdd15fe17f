// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/late_clearing.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <string>

#include "base/logging.h"
#include "store/contract_test.h"
#include "store_cassandra/scripted_client.h"

namespace salestream::store::cassandra {
namespace {

// What is said where the look fails.
std::string said_of(CurrentGeneration generation) {
  auto client = std::make_shared<ScriptedClient>();
  client->errors = {base::failure("no right to")};
  generation.began_us = client->now_us();
  std::promise<std::string> said;
  base::set_log_sink([&](base::LogLevel, std::string_view line) { said.set_value(std::string(line)); });
  std::string line;
  {
    const LateClearing clearing(client, "shop", contract_identity().definition, generation);
    line = said.get_future().get();
  }
  base::set_log_sink(nullptr);
  return line;
}

TEST(LateClearing, SaysFromBeforeWhatTheRowsAre) {
  const auto text = [](const std::string& cause) {
    return "no right to; whether rows from before the " + cause + " are left is looked at again by the next run";
  };
  EXPECT_EQ(said_of({2, {5}, 0, Engine::kSalestream, 0}), text("reset"));
  EXPECT_EQ(said_of({1, {5}, 0, Engine::kSalestream, 7}), text("repair"));
  EXPECT_EQ(said_of({2, {5}, 0, Engine::kSalestream, 7}), text("reset or the repair"));
}

}  // namespace
}  // namespace salestream::store::cassandra
