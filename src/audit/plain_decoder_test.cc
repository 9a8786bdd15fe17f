// SPDX-License-Identifier: Apache-2.0
// The audit's decoder and the one that `run` counts with have no line in common; here they have to agree: on every
// golden message, every seed of the fuzzer, orders and faults as `produce` makes them, and all of these with bytes
// changed at random. A message that they take differently is a fault in one of them, or in docs/orders.md.
#include "audit/plain_decoder.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <sstream>

#include "config/pipeline_file.h"
#include "decode/decoder.h"
#include "generate/message_generator.h"
#include "generate/profile.h"

namespace salestream::audit {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = SALESTREAM_SOURCE_DIR;

core::Definition load(const fs::path& path) {
  auto file = config::load_pipeline_file(path.string(), [](std::string_view) { return std::optional<std::string>(); });
  EXPECT_TRUE(file.ok()) << (file.ok() ? "" : file.error().message);
  return file->definition;
}

std::string read_file(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::vector<std::string> split(const std::string& text, char at) {
  std::vector<std::string> parts;
  std::istringstream in(text);
  for (std::string part; std::getline(in, part, at);) parts.push_back(part);
  return parts;
}

core::Definition definition_of_case(const fs::path& directory) {
  if (fs::exists(directory / "pipeline.yaml")) return load(directory / "pipeline.yaml");
  std::string named = read_file(directory / "pipeline.ref");
  named.erase(named.find_last_not_of(" \n\r") + 1);
  return load(kSource / named);
}

std::map<std::string, core::Definition> definitions() {
  std::map<std::string, core::Definition> all;
  for (const auto& entry : fs::directory_iterator(kSource / "tests" / "golden"))
    if (entry.is_directory()) all[entry.path().filename().string()] = definition_of_case(entry.path());
  all["strict"] = all.at("ecommerce_sales");
  all["strict"].wrong_total = core::WrongTotal::kReject;
  all["returns"] = all.at("vendas_ecommerce");
  all["returns"].allow_returns = true;
  all["windows"] = all.at("ecommerce_sales");
  all["windows"].timezone = "America/Sao_Paulo";
  all["windows"].totals.push_back({"by_hour", {core::Dimension::kProduct, core::Dimension::kHour}, {}});
  return all;
}

std::string number_text(Billionths n) { return core::to_string(core::Decimal::from_scaled(n), 0); }

std::string plain_outcome(PlainDecoder& decoder, const std::string& message) {
  PlainOrder order;
  if (const auto reason = decoder.read({message}, order)) return core::name_of(*reason);
  std::string text = order.has_wrong_total ? "wrong total " : "right ";
  text += order.client;
  text += '@' + std::to_string(order.moment.seconds) + (order.moment.is_of_zone ? " local" : "");
  for (const PlainItem& item : order.items)
    (text += '|').append(item.product) += "|" + number_text(item.quantity) + "|" + number_text(item.revenue);
  return text;
}

std::vector<std::string> counted_outcomes(decode::Decoder& decoder, const std::vector<std::string>& messages) {
  core::MessageBatch batch;
  for (const std::string& message : messages) batch.append({}, message, "");
  const decode::DecodedBatch& out = decoder.decode(batch);
  std::vector<std::string> texts(messages.size());
  for (const auto& reject : out.rejects) texts.at(reject.message) = core::name_of(reject.reason);
  for (const auto& order : out.orders) {
    std::string& text = texts.at(order.message);
    text = order.wrong_total ? "wrong total " : "right ";
    text += order.client;
    text += '@' + std::to_string(order.time.seconds) + (order.time.is_local ? " local" : "");
    for (std::uint32_t i = order.items_begin; i < order.items_end; ++i)
      (text += '|').append(out.items[i].product) +=
          "|" + core::to_string(out.items[i].quantity, 0) + "|" + core::to_string(out.items[i].revenue, 0);
  }
  return texts;
}

// How many messages came out in which way, so that a test can see what it has tried.
using Tried = std::map<std::string, int>;

void expect_agreement(const core::Definition& definition, const std::vector<std::string>& messages, Tried& tried) {
  PlainDecoder plain(definition);
  decode::Decoder decoder(definition);
  for (std::size_t begin = 0; begin < messages.size(); begin += 500) {
    const std::vector<std::string> some(
        messages.begin() + static_cast<std::ptrdiff_t>(begin),
        messages.begin() + static_cast<std::ptrdiff_t>(std::min(begin + 500, messages.size())));
    const std::vector<std::string> counted = counted_outcomes(decoder, some);
    for (std::size_t i = 0; i < some.size(); ++i) {
      ASSERT_EQ(plain_outcome(plain, some[i]), counted[i]) << some[i].substr(0, 2000);
      ++tried[counted[i].substr(0, counted[i].find(' '))];
    }
  }
}

// Bytes changed, left out, and put in, of the kind that mean something to JSON.
std::string disturbed_message(std::string message, std::mt19937_64& random) {
  static const std::vector<std::string> kPieces = {"{",
                                                   "}",
                                                   "[",
                                                   "]",
                                                   ",",
                                                   ":",
                                                   "\"",
                                                   "\\",
                                                   "0",
                                                   "-",
                                                   "1e400",
                                                   "1e18",
                                                   "1e-10",
                                                   ".5",
                                                   "null",
                                                   "true",
                                                   "\"\"",
                                                   "\\u00e9",
                                                   "\\ud83d\\ude00",
                                                   "\\udc00",
                                                   "\\ud83d",
                                                   "\\ud83d\\",
                                                   "\xc3\xa9",
                                                   "\xc3",
                                                   "\xff",
                                                   " ",
                                                   "\t",
                                                   "\x01",
                                                   "\"12.50\"",
                                                   "\"1,5\"",
                                                   "0.0000000015",
                                                   "NaN",
                                                   "-1",
                                                   "999999999999999999",
                                                   "{}",
                                                   "[]",
                                                   "\\"};
  const auto below = [&](std::size_t n) { return static_cast<std::size_t>(random() % n); };
  for (std::size_t changes = 1 + below(3); changes > 0 && !message.empty(); --changes) {
    const std::size_t at = below(message.size());
    switch (below(5)) {
      case 0: message.erase(at, 1 + below(8)); break;
      case 1: message.insert(at, kPieces[below(kPieces.size())]); break;
      case 2: message[at] = static_cast<char>(below(256)); break;
      case 3: message.insert(at, message.substr(below(message.size()), 1 + below(60))); break;
      case 4: {  // a value, more or less
        const std::size_t end = message.find_first_of(",}]", at);
        const std::size_t begin = message.find_last_of(":[,", at);
        if (begin == std::string::npos || end == std::string::npos || end <= begin) break;
        message.replace(begin + 1, end - begin - 1, kPieces[below(kPieces.size())]);
        break;
      }
    }
  }
  for (char& c : message)
    if (c == '\n') c = ' ';
  return message;
}

TEST(PlainDecoder, AgreesOnGoldenMessagesUnderEveryDefinition) {
  Tried tried;
  for (const auto& [name, definition] : definitions()) {
    SCOPED_TRACE(name);
    for (const auto& entry : fs::directory_iterator(kSource / "tests" / "golden"))
      if (entry.is_directory())
        expect_agreement(definition, split(read_file(entry.path() / "orders.jsonl"), '\n'), tried);
  }
  // Every reason that an order in a line of a file can have, and both kinds of orders.
  EXPECT_EQ(tried.size(), static_cast<std::size_t>(core::kRejectReasonCount) - 2 + 2);
}

TEST(PlainDecoder, AgreesOnTheFuzzersSeeds) {
  Tried tried;
  for (const auto& [name, definition] : definitions()) {
    SCOPED_TRACE(name);
    for (const auto& entry : fs::directory_iterator(kSource / "tests" / "fuzz" / "corpus" / "decode"))
      expect_agreement(definition, split(read_file(entry.path()).substr(1), '\0'), tried);
  }
  EXPECT_FALSE(tried.empty());
}

TEST(PlainDecoder, AgreesOnWhatProduceMakesAndOnThatDisturbed) {
  std::mt19937_64 random(7);
  Tried tried;
  for (const auto& [name, definition] : definitions()) {
    SCOPED_TRACE(name);
    const auto profile = generate::choose_profile("", definition.keep_products, 0);
    ASSERT_TRUE(profile.ok());
    const auto faults = generate::parse_faults("duplicate=0.02,malformed=0.2,wrong_total=0.1,late=0.01");
    ASSERT_TRUE(faults.ok());
    auto generator = generate::MessageGenerator::create(definition, *profile, *faults, 11);
    ASSERT_TRUE(generator.ok()) << generator.error().message;
    std::string scratch(generator->max_message_bytes(), ' ');
    std::vector<std::string> messages;
    for (core::Offset offset = 0; offset < 1000; ++offset)
      messages.push_back(scratch.substr(0, generator->write(0, offset, scratch.data()).size));
    const std::string golden = read_file(kSource / "tests" / "golden" / "ecommerce_sales" / "orders.jsonl");
    for (const std::string& line : split(golden, '\n'))
      if (line.size() < 4096) messages.push_back(line);
    expect_agreement(definition, messages, tried);
    std::vector<std::string> disturbed_ones;
    for (int round = 0; round < 3; ++round)
      for (const std::string& message : messages) disturbed_ones.push_back(disturbed_message(message, random));
    expect_agreement(definition, disturbed_ones, tried);
  }
  EXPECT_GT(tried["right"], 1000);
  EXPECT_GT(tried["invalid_json"], 1000);
}

TEST(PlainDecoder, JudgesWhatNoLineOfAFileCanBe) {
  const core::Definition definition = definitions().at("ecommerce_sales");
  PlainDecoder decoder(definition);
  PlainOrder order;
  EXPECT_EQ(decoder.read({"", true, false}, order), core::RejectReason::kNullMessage);
  EXPECT_EQ(decoder.read({"{\"products\": []}", false, true}, order), core::RejectReason::kMessageTooLarge);
  EXPECT_EQ(decoder.read({"{\"products\": []}", false, false}, order), std::nullopt);
}

}  // namespace
}  // namespace salestream::audit
