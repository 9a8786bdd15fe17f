// SPDX-License-Identifier: Apache-2.0
// The truth is compared with sums made here from the generated text by the decoder and its decimals: two ways that
// share nothing but the text.
#include "generate/truth.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <simdjson.h>

#include <set>

#include "core/cell.h"
#include "decode/decoder.h"
#include "generate/test_pipelines.h"

namespace salestream::generate {
namespace {

using ::testing::HasSubstr;

struct Expected {
  std::string json;
  std::int64_t messages = 0, orders = 0, rejects = 0, wrong_totals = 0;
  std::vector<std::map<std::vector<std::string>, core::Measures>> tables;
};

Expected run(const core::Definition& d, const Faults& faults, std::uint64_t seed, int count,
             std::int64_t products = 0) {
  Expected result;
  result.tables.resize(d.totals.size());
  auto generator = MessageGenerator::create(d, *choose_profile("", d.keep_products, products), faults, seed);
  EXPECT_TRUE(generator.ok());
  Truth truth(d, generator->catalogue());
  core::MessageBatch batch;
  std::vector<char> buffer(generator->max_message_bytes());
  for (core::Offset offset = 0; offset < count; ++offset) {
    const GeneratedMessage message = generator->write(0, offset, buffer.data());
    truth.add(*generator, message);
    core::Message m;
    m.offset = offset;
    batch.append(m, {buffer.data(), message.size}, {});
  }
  result.json = truth.to_json();

  decode::Decoder decoder(d);
  const decode::DecodedBatch& decoded = decoder.decode(batch);
  result.messages = count;
  result.orders = static_cast<std::int64_t>(decoded.orders.size());
  result.rejects = static_cast<std::int64_t>(decoded.rejects.size());
  const std::set<std::string_view> keep(d.keep_products.begin(), d.keep_products.end());
  for (const decode::DecodedOrder& order : decoded.orders) {
    result.wrong_totals += order.wrong_total;
    for (std::size_t t = 0; t < d.totals.size(); ++t) {
      std::set<std::vector<std::string>> keys;
      for (std::uint32_t i = order.items_begin; i < order.items_end; ++i) {
        const core::LineItem& item = decoded.items[i];
        if (!keep.empty() && keep.count(item.product) == 0) continue;
        std::vector<std::string> key;
        for (const core::Dimension by : d.totals[t].by)
          key.emplace_back(by == core::Dimension::kProduct ? item.product : order.client);
        core::Measures more{item.revenue, item.quantity, keys.insert(key).second ? 1 : 0};
        core::Measures& sum = result.tables[t][key];
        sum = *core::add(sum, more);
      }
    }
  }
  return result;
}

void expect_equal(const core::Definition& d, const std::string& json, const Expected& expected) {
  simdjson::dom::parser parser;
  simdjson::dom::element root;
  ASSERT_EQ(parser.parse(json).get(root), simdjson::SUCCESS) << json;
  EXPECT_EQ(std::string_view(root["pipeline"]), d.pipeline);
  EXPECT_EQ(std::int64_t(root["messages"]), expected.messages);
  EXPECT_EQ(std::int64_t(root["orders"]), expected.orders);
  EXPECT_EQ(std::int64_t(root["rejects"]), expected.rejects);
  EXPECT_EQ(std::int64_t(root["wrong_totals"]), expected.wrong_totals);
  for (std::size_t t = 0; t < d.totals.size(); ++t) {
    simdjson::dom::array rows = root["tables"][d.totals[t].name];
    auto row_expected = expected.tables[t].begin();
    for (simdjson::dom::element row : rows) {
      ASSERT_NE(row_expected, expected.tables[t].end());
      std::vector<std::string> key;
      for (std::string_view part : simdjson::dom::array(row["key"])) key.emplace_back(part);
      EXPECT_EQ(key, row_expected->first);
      EXPECT_EQ(row["revenue"].get_string().value(), core::to_string(row_expected->second.revenue, 2));
      EXPECT_EQ(row["units"].get_string().value(), core::to_string(row_expected->second.units, 0));
      EXPECT_EQ(row["orders"].get_int64().value(), row_expected->second.orders);
      ++row_expected;
    }
    EXPECT_EQ(row_expected, expected.tables[t].end());
  }
}

std::vector<core::Definition> pipelines() {
  std::vector<core::Definition> all{english_sales(), portuguese_sales(), nested_sales()};
  all.push_back(nested_sales());
  all.back().keep_products = {"Mouse", "Laptop"};
  all.push_back(english_sales());
  all.back().wrong_total = core::WrongTotal::kReject;
  all.push_back(portuguese_sales());
  all.back().wrong_total = core::WrongTotal::kReject;  // there is no price: nothing to compare the total with
  all.push_back(nested_sales());
  all.back().allow_returns = true;
  all.push_back(english_sales());
  all.back().max_message_bytes = 400;
  return all;
}

TEST(Truth, IsWhatTheMessagesSay) {
  for (const core::Definition& d : pipelines()) {
    const Expected expected = run(d, {0.05, 0.05, 0.05, 0.05}, 3, 5'000);
    EXPECT_GT(expected.rejects, 100);
    EXPECT_GT(expected.orders, 1'000);
    expect_equal(d, expected.json, expected);
  }
}

TEST(Truth, HoldsManyProducts) {
  const Expected expected = run(nested_sales(), {}, 3, 2'000, 100'000);
  expect_equal(nested_sales(), expected.json, expected);
  const Expected by_product = run(english_sales(), {}, 3, 2'000, 100'000);
  EXPECT_GT(by_product.tables[0].size(), 1'500U);
  expect_equal(english_sales(), by_product.json, by_product);
}

TEST(Truth, TwoRunsAddUp) {
  for (const core::Definition& d : pipelines()) {
    const Expected first = run(d, {0.05, 0.05, 0.05, 0.05}, 3, 2'000), second = run(d, {0, 0.1, 0, 0}, 4, 1'000);
    Expected both = first;
    both.messages += second.messages;
    both.orders += second.orders;
    both.rejects += second.rejects;
    both.wrong_totals += second.wrong_totals;
    for (std::size_t t = 0; t < both.tables.size(); ++t)
      for (const auto& [key, more] : second.tables[t]) both.tables[t][key] = *core::add(both.tables[t][key], more);

    Truth truth(d, Catalogue(*choose_profile("", d.keep_products, 0)));
    ASSERT_TRUE(truth.add_json(first.json).ok());
    ASSERT_TRUE(truth.add_json(second.json).ok());
    expect_equal(d, truth.to_json(), both);
  }
}

TEST(Truth, RefusesWhatIsNoTruthOfThisPipeline) {
  const core::Definition d = english_sales();
  const Catalogue catalogue(*choose_profile("", {}, 0));
  Truth truth(d, catalogue);
  const std::string empty = truth.to_json();
  EXPECT_THAT(truth.add_json("").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(truth.add_json("[]").error().message, HasSubstr("not JSON"));
  EXPECT_THAT(truth.add_json("{}").error().message, HasSubstr("pipeline"));
  EXPECT_THAT(truth.add_json(Truth(nested_sales(), catalogue).to_json()).error().message,
              HasSubstr("the truth of pipeline 'nested'"));
  core::Definition other = d;
  other.totals[0].name = "other";
  EXPECT_THAT(truth.add_json(Truth(other, catalogue).to_json()).error().message, HasSubstr("no table 'product_sales'"));
  std::string wrong = run(d, {}, 1, 100).json;
  wrong.replace(wrong.find(".") + 1, 1, "x");
  EXPECT_THAT(truth.add_json(wrong).error().message, HasSubstr("a row of the table"));
  EXPECT_EQ(truth.to_json(), empty);
}

}  // namespace
}  // namespace salestream::generate
