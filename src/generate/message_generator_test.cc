// SPDX-License-Identifier: Apache-2.0
#include "generate/message_generator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "decode/decoder.h"
#include "generate/test_pipelines.h"

namespace salestream::generate {
namespace {

using ::testing::HasSubstr;

TEST(MessageGenerator, RefusesWhatItCanNotMakeUp) {
  core::Definition d = english_sales();
  d.where = "client = 'a'";
  const auto generator = MessageGenerator::create(d, *choose_profile("", {}, 0), {}, 1);
  ASSERT_FALSE(generator.ok());
  EXPECT_EQ(generator.error().kind, base::ErrorKind::kUsage);
}

TEST(Faults, AreReadByName) {
  const auto faults = parse_faults("duplicate=0.01,malformed=0.001,wrong_total=1,late=0");
  ASSERT_TRUE(faults.ok());
  EXPECT_EQ(*faults, (Faults{0.01, 0.001, 1, 0}));
  EXPECT_EQ(*parse_faults(""), Faults{});
}

TEST(Faults, SaysWhatIsWrong) {
  for (const char* text : {"broken=0.1", "late", "late=", "late=x", "late=1.5", "late=-0.1", "late=nan", "late=0.1 ",
                           "late=0.1,,", "=0.1"}) {
    const auto faults = parse_faults(text);
    ASSERT_FALSE(faults.ok()) << text;
    EXPECT_EQ(faults.error().kind, base::ErrorKind::kUsage);
    EXPECT_THAT(faults.error().message, HasSubstr("the names are duplicate, malformed, wrong_total and late"));
  }
}

MessageGenerator generator_for(const core::Definition& d, const Faults& faults, std::uint64_t seed = 1) {
  auto generator = MessageGenerator::create(d, *choose_profile("", d.keep_products, 0), faults, seed);
  EXPECT_TRUE(generator.ok());
  return std::move(generator).value();
}

std::string text_at(MessageGenerator& generator, core::Offset offset, GeneratedMessage* message = nullptr) {
  std::string out(generator.max_message_bytes(), '\0');
  const GeneratedMessage made = generator.write(2, offset, out.data());
  out.resize(made.size);
  if (message) *message = made;
  return out;
}

std::vector<core::Definition> all_pipelines() {
  std::vector<core::Definition> all{english_sales(), portuguese_sales(), nested_sales()};
  const std::size_t plain = all.size();
  for (std::size_t i = 0; i < plain; ++i) {
    core::Definition returns = all[i];
    returns.allow_returns = true;
    all.push_back(returns);
    core::Definition keep = all[i];
    keep.keep_products = {"Mouse"};
    all.push_back(keep);
  }
  // A map of quantities for items that are objects with nothing in them but a name, and a price where there is a map.
  core::Definition map = portuguese_sales();
  map.order.product = core::FieldPath{{"nome"}};
  all.push_back(map);
  map.order.price = core::FieldPath{{"preco"}};
  map.allow_returns = true;
  all.push_back(map);
  return all;
}

TEST(MessageGenerator, FaultsHaveTheirRates) {
  const Faults faults{0.05, 0.02, 0.03, 0.04};
  MessageGenerator generator = generator_for(english_sales(), faults);
  const int count = 50'000;
  int duplicates = 0, malformed = 0, wrong = 0, late = 0;
  for (core::Offset offset = 0; offset < count; ++offset) {
    GeneratedMessage message;
    text_at(generator, offset, &message);
    duplicates += message.duplicate;
    malformed += message.malformed;
    wrong += message.wrong_total;
    late += message.late;
  }
  EXPECT_NEAR(duplicates, count * faults.duplicate, 250);
  EXPECT_NEAR(malformed, count * faults.malformed, 160);
  EXPECT_NEAR(wrong, count * faults.wrong_total, 200);
  EXPECT_NEAR(late, count * faults.late, 220);
}

TEST(MessageGenerator, MessageIsAPureFunctionOfItsPlace) {
  const Faults faults{0.1, 0.1, 0.1, 0.1};
  for (const core::Definition& d : all_pipelines()) {
    MessageGenerator forwards = generator_for(d, faults), backwards = generator_for(d, faults);
    std::vector<std::string> texts;
    for (core::Offset offset = 0; offset < 1000; ++offset) texts.push_back(text_at(forwards, offset));
    for (core::Offset offset = 1000; offset-- > 0;)
      ASSERT_EQ(text_at(backwards, offset), texts[static_cast<std::size_t>(offset)]) << offset;
  }
}

TEST(MessageGenerator, FaultsLeaveTheOtherOrdersAsTheyAre) {
  MessageGenerator clean = generator_for(english_sales(), {});
  MessageGenerator faulty = generator_for(english_sales(), {0.1, 0.1, 0.1, 0.1});
  int same = 0;
  for (core::Offset offset = 0; offset < 1000; ++offset) {
    GeneratedMessage message;
    const std::string text = text_at(faulty, offset, &message);
    const bool has_fault = message.duplicate || message.malformed || message.wrong_total || message.late;
    EXPECT_EQ(text == text_at(clean, offset), !has_fault) << offset;
    same += !has_fault;
  }
  EXPECT_GT(same, 500);
}

TEST(MessageGenerator, DuplicateRepeatsARecentMessageByteForByte) {
  MessageGenerator generator = generator_for(english_sales(), {0.2, 0.1, 0.1, 0.1});
  std::vector<std::string> texts;
  int duplicates = 0;
  for (core::Offset offset = 0; offset < 5'000; ++offset) {
    GeneratedMessage message;
    texts.push_back(text_at(generator, offset, &message));
    if (!message.duplicate) continue;
    ++duplicates;
    EXPECT_NE(std::find(texts.begin(), texts.end() - 1, texts.back()), texts.end() - 1) << offset;
  }
  EXPECT_GT(duplicates, 800);
}

TEST(MessageGenerator, OnlyDuplicatesIsStillQuick) {
  MessageGenerator generator = generator_for(english_sales(), {1, 0, 0, 0});
  GeneratedMessage message;
  for (core::Offset offset = 1'000'000'000'000; offset < 1'000'000'001'000; ++offset)
    text_at(generator, offset, &message);
  EXPECT_TRUE(message.duplicate);
}

TEST(MessageGenerator, LateOrderWasMadeDaysBefore) {
  MessageGenerator clean = generator_for(english_sales(), {}), late = generator_for(english_sales(), {0, 0, 0, 1});
  for (core::Offset offset = 0; offset < 200; ++offset) {
    text_at(clean, offset);
    text_at(late, offset);
    const std::int64_t late_s = clean.order().time_s - late.order().time_s;
    EXPECT_GE(late_s, 86'400);
    EXPECT_LE(late_s, kMaxLateS);
  }
}

// Decodes what was generated, together and each alone.
void expect_decoded(const core::Definition& d, const Faults& faults, int count,
                    const std::function<void(const decode::DecodedBatch&, const core::MessageBatch&)>& check) {
  MessageGenerator generator = generator_for(d, faults, 7);
  core::MessageBatch batch;
  for (core::Offset offset = 0; offset < count; ++offset) {
    const std::string text = text_at(generator, offset);
    EXPECT_EQ(text.find('\n'), std::string::npos);
    core::Message message;
    message.offset = offset;
    message.next_offset = offset + 1;
    batch.append(message, text, generator.order().id_text());
  }
  decode::Decoder decoder(d);
  check(decoder.decode(batch), batch);
}

TEST(MessageGenerator, EveryMalformedMessageIsRejectedInEveryPipeline) {
  for (const core::Definition& d : all_pipelines()) {
    expect_decoded(d, {0, 1, 0, 0}, 5'000, [&](const decode::DecodedBatch& decoded, const core::MessageBatch& batch) {
      EXPECT_EQ(decoded.rejects.size(), batch.messages().size());
      for (const auto& order : decoded.orders)
        ADD_FAILURE() << d.pipeline << ": counted " << batch.payload_of(batch.messages()[order.message]);
      std::set<core::RejectReason> reasons;
      for (const auto& reject : decoded.rejects) reasons.insert(reject.reason);
      using Reason = core::RejectReason;
      for (const Reason reason :
           {Reason::kEmptyMessage, Reason::kInvalidUtf8, Reason::kInvalidJson, Reason::kMissingField,
            Reason::kWrongType, Reason::kNotANumber, Reason::kNumberTooLarge})
        EXPECT_EQ(reasons.count(reason), 1U) << d.pipeline << ' ' << core::name_of(reason);
      EXPECT_EQ(reasons.count(Reason::kNegativeQuantity), d.allow_returns ? 0U : 1U);
      EXPECT_EQ(reasons.count(Reason::kNegativePrice), d.order.price && !d.allow_returns ? 1U : 0U);
      EXPECT_EQ(reasons.count(Reason::kQuantityMissing), d.order.quantity_is_map ? 1U : 0U);
    });
  }
}

TEST(MessageGenerator, EveryOtherMessageIsCountedInEveryPipeline) {
  for (const core::Definition& d : all_pipelines()) {
    const Faults faults{0.1, 0, 0.5, 0.1};
    expect_decoded(d, faults, 5'000, [&](const decode::DecodedBatch& decoded, const core::MessageBatch& batch) {
      EXPECT_EQ(decoded.orders.size(), batch.messages().size());
      for (const auto& reject : decoded.rejects)
        ADD_FAILURE() << d.pipeline << ": " << reject.detail << ' '
                      << batch.payload_of(batch.messages()[reject.message]);
      const auto wrong =
          std::count_if(decoded.orders.begin(), decoded.orders.end(), [](auto& o) { return o.wrong_total; });
      if (d.order.price)
        EXPECT_NEAR(static_cast<double>(wrong), 2'500, 200);
      else
        EXPECT_EQ(wrong, 0);
    });
  }
}

}  // namespace
}  // namespace salestream::generate
