// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/retrying_client.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <vector>

#include "store_cassandra/scripted_client.h"

namespace salestream::store::cassandra {
namespace {

using testing::ElementsAre;

base::Error busy() { return base::retriable("busy"); }

// By a clock of its own, on which nothing but pauses takes time.
class RetryingClientTest : public testing::Test {
 protected:
  RetryingClientTest() {
    hooks_.before_pause = [](const base::Error&) {};
    hooks_.pause = [this](std::chrono::milliseconds time) {
      now_ += time;
      return true;
    };
    hooks_.clock = [this] { return now_; };
  }
  RetryingClient retrying() { return {client_, {.first_pause = std::chrono::seconds(1), .timeout = kTimeout}, hooks_}; }

  static constexpr std::chrono::seconds kTimeout{5};
  ScriptedClient client_;
  base::RetryHooks hooks_;
  base::RetryHooks::Clock::time_point now_;
};

TEST_F(RetryingClientTest, AsksForAPageAgainAndGoesOnThere) {
  client_.errors = {busy(), busy(), base::retriable("no answer")};
  RetryingClient retrying = this->retrying();
  std::vector<std::string> pages;
  const auto on_page = [&](const Answer& page) -> base::Status {
    pages.push_back(page.values);
    for (int i = 0; i < 4; ++i) client_.errors.push_back(busy());  // more than a whole scan had time for
    return {};
  };
  ASSERT_TRUE(retrying.scan({}, {}, on_page).ok());
  EXPECT_THAT(pages, ElementsAre("first", "second", "third"));
  EXPECT_GT(now_.time_since_epoch(), kTimeout);
}

TEST_F(RetryingClientTest, RepeatsAllButTransactionsAndChangesOfTheSchema) {
  RetryingClient retrying = this->retrying();
  client_.errors = {busy()};
  const Statement once = retrying.prepare("UPDATE … IF …", Client::Repeat::kNever).value();
  const Statement by_caller = retrying.prepare("UPDATE … IF …", Client::Repeat::kByCaller).value();
  client_.errors = {busy()};
  EXPECT_FALSE(retrying.read(once, {}).ok());
  client_.errors = {busy()};
  EXPECT_TRUE(retrying.read(by_caller, {}).ok());
  client_.errors = {busy()};
  EXPECT_TRUE(retrying.read(KeyedStatement{by_caller, {}}, {}).ok());
  client_.errors = {busy()};
  EXPECT_TRUE(retrying.write(by_caller, {}).ok());
  client_.errors = {busy()};
  EXPECT_FALSE(retrying.run("CREATE TABLE …").ok());
}

TEST_F(RetryingClientTest, GivesUpInTheEndAndAtOnceWhereItIsInVain) {
  RetryingClient retrying = this->retrying();
  client_.errors.assign(100, busy());
  EXPECT_EQ(retrying.write({}, {}).error().kind, base::ErrorKind::kRetriable);
  EXPECT_EQ(client_.requests, 7) << "in five seconds, and the last after them";
  client_.errors = {base::failure("no right to")};
  EXPECT_EQ(retrying.write({}, {}).error().message, "no right to");
  EXPECT_EQ(client_.requests, 8);
}

}  // namespace
}  // namespace salestream::store::cassandra
