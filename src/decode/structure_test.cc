// SPDX-License-Identifier: Apache-2.0
// Holds what structure.cc takes for granted of simdjson's first stage against the version that is installed.
#include "decode/structure.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace salestream::decode {
namespace {

std::string padded(std::string text) { return text.append(64, ' '); }

TEST(StructureScanner, FindsEveryTokenAndTheSizeBehindThem) {
  const std::string text = R"({"a" : [1, "x\"y", true]})";
  const std::string bytes = padded(text);
  StructureScanner scanner;
  ASSERT_EQ(scanner.scan({bytes.data(), text.size()}), ScanStatus::kOk);
  std::string found;
  const std::uint32_t* token = scanner.tokens();
  for (; *token < text.size(); ++token) found += bytes[*token];
  EXPECT_EQ(found, R"({":[1,",t]})");
  EXPECT_EQ(*token, text.size());
}

TEST(StructureScanner, GarbageBehindAStringIsATokenOfItsOwn) {
  const std::string text = R"(["a"b])";
  const std::string bytes = padded(text);
  StructureScanner scanner;
  ASSERT_EQ(scanner.scan({bytes.data(), text.size()}), ScanStatus::kOk);
  EXPECT_EQ(scanner.tokens()[2], 4U);
}

TEST(StructureScanner, TellsFaultsApart) {
  const auto scan = [](const std::string& text) {
    StructureScanner scanner;
    const std::string bytes = padded(text);
    return scanner.scan({bytes.data(), text.size()});
  };
  EXPECT_EQ(scan(""), ScanStatus::kEmpty);
  EXPECT_EQ(scan(" \r\n\t "), ScanStatus::kEmpty);
  EXPECT_EQ(scan("{\"a"), ScanStatus::kInvalidJson);
  EXPECT_EQ(scan("{\"a\n\"}"), ScanStatus::kInvalidJson);
  EXPECT_EQ(scan("{\"\xff\"}"), ScanStatus::kInvalidUtf8);
  EXPECT_EQ(scan("{\"\xc3"), ScanStatus::kInvalidUtf8);
}

// What lets many messages be scanned as one block: whatever is wrong with one shows as a fault of the whole.
TEST(StructureScanner, AFaultNeverHidesBehindALineFeed) {
  for (const std::string bad : {"{\"a", "\"", "{\"a\":\"x\\", "\xc3", "\xf0\x9f\x93", "{\"a\\\"", "{\"a\":1}\""}) {
    for (const std::string next : {"{\"b\":1}", "\"}", "\xa9", "\x93\x8a"}) {
      const std::string text = bad + "\n" + next + "\n";
      const std::string bytes = padded(text);
      StructureScanner scanner;
      EXPECT_NE(scanner.scan({bytes.data(), text.size()}), ScanStatus::kOk) << text;
    }
  }
}

TEST(StructureScanner, GivesLargeBlocksTheirMemoryBackAndGoesOn) {
  StructureScanner scanner;
  const std::string large = "[" + std::string(3 << 20, '[');
  const std::string bytes = padded(large);
  ASSERT_EQ(scanner.scan({bytes.data(), large.size()}), ScanStatus::kOk);
  EXPECT_EQ(scanner.tokens()[large.size()], large.size());
  const std::string small = padded("{}");
  ASSERT_EQ(scanner.scan({small.data(), 2}), ScanStatus::kOk);
  EXPECT_EQ(scanner.tokens()[1], 1U);
}

TEST(StructureScanner, Unescapes) {
  StructureScanner scanner;
  const std::string text = R"("C\u00e2mera \ud83d\udcf7 \"\n")";
  const std::string bytes = padded(text);
  ASSERT_EQ(scanner.scan({bytes.data(), text.size()}), ScanStatus::kOk);
  std::string out(text.size() + 64, '\0');
  char* end = scanner.unescape(bytes.data(), out.data());
  ASSERT_NE(end, nullptr);
  EXPECT_EQ(std::string(out.data(), end), "Câmera 📷 \"\n");
  for (const char* wrong : {R"("\x")", R"("\u12")"}) {
    const std::string bad = padded(wrong);
    EXPECT_EQ(scanner.unescape(bad.data(), out.data()), nullptr) << wrong;
  }
}

}  // namespace
}  // namespace salestream::decode
