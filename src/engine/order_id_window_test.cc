// SPDX-License-Identifier: Apache-2.0
#include "engine/order_id_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <string>

#include "core/cell.h"
#include "core/definition.h"

namespace salestream::engine {
namespace {

// The same by plain search.
class Model {
 public:
  explicit Model(std::size_t window) : window_(window) {}
  bool add(const std::optional<std::string>& id) {
    const bool is_duplicate = id && std::find(ids_.begin(), ids_.end(), id) != ids_.end();
    ids_.push_back(id);
    if (ids_.size() > window_) ids_.pop_front();
    return is_duplicate;
  }

 private:
  const std::size_t window_;
  std::deque<std::optional<std::string>> ids_;
};

std::optional<std::string> some_id(std::mt19937_64& random, std::size_t different) {
  if (random() % 10 == 0) return std::nullopt;
  return std::to_string(random() % different);
}

TEST(OrderIdWindow, FindsWhatPlainSearchFinds) {
  std::mt19937_64 random(1);
  for (const std::size_t window : {1U, 2U, 3U, 7U, 64U, 1000U, 1024U, 1025U, 3000U})
    for (const std::size_t different : {window / 2 + 1, window + 1, window * 3}) {
      OrderIdWindow tested(window);
      Model model(window);
      int duplicates = 0;
      for (core::Offset offset = 0; offset < 8'000; ++offset) {
        const auto id = some_id(random, different);
        const bool expected = model.add(id);
        ASSERT_EQ(tested.add(offset, id ? std::optional<std::string_view>(*id) : std::nullopt), expected)
            << window << ' ' << offset;
        duplicates += expected;
      }
      EXPECT_GT(duplicates, 0);
    }
}

TEST(OrderIdWindow, IsTheSameWhenItIsRebuiltFromWhereItSays) {
  std::mt19937_64 random(2);
  for (const std::size_t window : {1U, 500U, 1024U, 5000U}) {
    std::vector<std::optional<std::string>> messages;
    for (int i = 0; i < 20'000; ++i) messages.push_back(some_id(random, window * 2));
    const auto view = [&](std::size_t i) {
      return messages[i] ? std::optional<std::string_view>(*messages[i]) : std::nullopt;
    };
    const auto offset = [](std::size_t i) { return static_cast<core::Offset>(i * 3 + 5); };  // with gaps
    OrderIdWindow whole(window);
    EXPECT_EQ(whole.rebuilt_from(), core::kNothingYet);
    std::size_t at = 0;
    for (const std::size_t stop : {1U, 900U, 1023U, 1024U, 1025U, 6000U, 12'345U}) {
      for (; at < stop; ++at) whole.add(offset(at), view(at));
      const core::Offset from = whole.rebuilt_from();
      // Not further back than needed, but for a mark.
      const auto marks = 2 * std::clamp<std::size_t>(window / 4, 1, 1024);
      EXPECT_GE(from, offset(at > window + marks ? at - window - marks : 0));
      OrderIdWindow rebuilt(window);
      for (std::size_t i = static_cast<std::size_t>((from - 5) / 3); i < at; ++i) rebuilt.add(offset(i), view(i));
      EXPECT_EQ(rebuilt.rebuilt_from(), from);
      OrderIdWindow copy = whole;
      for (std::size_t i = at; i < at + 3000; ++i)
        ASSERT_EQ(rebuilt.add(offset(i), view(i)), copy.add(offset(i), view(i)));
    }
  }
}

TEST(OrderIdWindow, TakesAtMost24BytesAnId) {
  for (const std::size_t window : {100'000U, 1'000'000U}) {
    OrderIdWindow tested(window);
    for (std::size_t i = 0; i < window * 2; ++i) tested.add(static_cast<core::Offset>(i), std::to_string(i * 7919));
    EXPECT_LE(tested.bytes(), window * 24);
  }
}

}  // namespace
}  // namespace salestream::engine
