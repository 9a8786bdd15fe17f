// SPDX-License-Identifier: Apache-2.0
#include "store_cassandra/values.h"

#include <gmock/gmock.h>

#include "store/reject_text.h"
#include "store/total_text.h"
#include "store_cassandra/columns.h"

namespace salestream::store::cassandra {
namespace {

using core::Decimal;
using Int128 = Decimal::Int128;

constexpr Int128 kMost = static_cast<Int128>(~static_cast<unsigned __int128>(0) >> 1);

std::string hex(std::string_view bytes) {
  std::string out;
  for (const char byte : bytes) {
    char text[3];
    std::snprintf(text, sizeof text, "%02x", static_cast<unsigned char>(byte));
    out += text;
  }
  return out;
}

std::string encoded(const char* text, int least_fraction_digits) {
  return hex(decimal_bytes(parse_total(text).value(), least_fraction_digits));
}

std::string bytes(std::string_view hex_digits) {
  std::string out;
  for (std::size_t i = 0; i < hex_digits.size(); i += 2)
    out += static_cast<char>(std::stoi(std::string(hex_digits.substr(i, 2)), nullptr, 16));
  return out;
}

std::string decoded(std::string_view hex_digits) {
  const auto value = decimal_of(bytes(hex_digits));
  return value ? core::to_string(*value, 0) : "nothing";
}

TEST(CassandraDecimal, HasTheFractionDigitsThatItNeedsAndTheShortestBytes) {
  EXPECT_EQ(encoded("0", 2),
            "00000002"
            "00");
  EXPECT_EQ(encoded("0", 0),
            "00000000"
            "00");
  EXPECT_EQ(encoded("1", 2),
            "00000002"
            "64");
  EXPECT_EQ(encoded("1.27", 2),
            "00000002"
            "7f");
  EXPECT_EQ(encoded("1.28", 2),
            "00000002"
            "0080")
      << "a leading zero keeps it positive";
  EXPECT_EQ(encoded("-1.28", 2),
            "00000002"
            "80");
  EXPECT_EQ(encoded("-1.29", 2),
            "00000002"
            "ff7f");
  EXPECT_EQ(encoded("-0.01", 2),
            "00000002"
            "ff");
  EXPECT_EQ(encoded("99.8", 2),
            "00000002"
            "26fc");
  EXPECT_EQ(encoded("0.125", 2),
            "00000003"
            "7d");
  EXPECT_EQ(encoded("0.000000001", 2),
            "00000009"
            "01");
  EXPECT_EQ(encoded("300", 0),
            "00000000"
            "012c");
}

TEST(CassandraDecimal, KeepsEverythingThat128BitsHold) {
  EXPECT_EQ(hex(decimal_bytes(Decimal::from_scaled(kMost), 2)),
            "00000009"
            "7fffffffffffffffffffffffffffffff");
  EXPECT_EQ(hex(decimal_bytes(Decimal::from_scaled(-kMost - 1), 2)),
            "00000009"
            "80000000000000000000000000000000");
  for (const Int128 scaled : {kMost, -kMost - 1, kMost - 7, Int128{0}, Int128{1}, Int128{-1}, Int128{127}, Int128{-128},
                              Int128{128}, Int128{255}, Int128{256}, Int128{1} << 63, -(Int128{1} << 63),
                              (Int128{1} << 63) - 1, Int128{1} << 64, Int128{1} << 120, Int128{1'000'000'000}}) {
    const Decimal d = Decimal::from_scaled(scaled);
    for (const int least : {0, 2}) EXPECT_EQ(decimal_of(decimal_bytes(d, least)), d) << core::to_string(d, 0);
  }
}

TEST(CassandraDecimal, ReadsWhatOtherProgramsWrite) {
  EXPECT_EQ(decoded("00000012"
                    "0de0b6b3a7640000"),
            "1")
      << "Spark's decimal(38,18)";
  EXPECT_EQ(decoded("00000012"
                    "0de0b6b3a7640001"),
            "nothing")
      << "18 fraction digits that count";
  EXPECT_EQ(decoded("fffffffe"
                    "05"),
            "500")
      << "a scale below zero";
  EXPECT_EQ(decoded("00000002"
                    "0000000000000000000000000000000000000064"),
            "1")
      << "more bytes than needed";
  EXPECT_EQ(decoded("00000002"
                    "ffffffffffffffffffffffffffffffffffffff9c"),
            "-1");
  EXPECT_EQ(decoded("00000002"
                    "0100000000000000000000000000000000"),
            "nothing");
  EXPECT_EQ(decoded("00000000"
                    "7fffffffffffffffffffffffffffffff"),
            "nothing")
      << "too large with nine fraction digits";
  EXPECT_EQ(decoded("80000000"
                    "01"),
            "nothing");
  EXPECT_EQ(decoded("7fffffff"
                    "00"),
            "0");
  EXPECT_EQ(decoded("00000002"), "nothing");
  EXPECT_EQ(decoded(""), "nothing");
}

TEST(CassandraValues, ReadBackAsTheyWereBound) {
  BoundRows rows;
  rows.text("Mouse").null().bigint(-5).integer(7).boolean(true).blob(std::string_view("\0\xff", 2));
  rows.counts({{"invalid_json", 3}, {"too_deep", 1}}).text("");
  rows.end_row();
  EXPECT_EQ(rows.rows(), 1U);
  ValueReader reader(rows.bytes());
  EXPECT_EQ(reader.next(), "Mouse");
  EXPECT_EQ(reader.next(), std::nullopt);
  EXPECT_EQ(bigint_of(*reader.next()), -5);
  EXPECT_EQ(integer_of(*reader.next()), 7);
  EXPECT_EQ(boolean_of(*reader.next()), true);
  EXPECT_EQ(reader.next(), std::string_view("\0\xff", 2));
  const auto counts = counts_of(*reader.next());
  ASSERT_TRUE(counts.has_value());
  EXPECT_THAT(*counts, testing::ElementsAre(std::pair("invalid_json", 3), std::pair("too_deep", 1)));
  EXPECT_EQ(reader.next(), "");
  EXPECT_TRUE(reader.at_end());
}

TEST(CassandraValues, NumbersOfAnotherSizeAreNone) {
  EXPECT_EQ(integer_of("12345678"), std::nullopt);
  EXPECT_EQ(bigint_of("1234"), std::nullopt);
  EXPECT_EQ(boolean_of(""), std::nullopt);
  EXPECT_EQ(counts_of("12"), std::nullopt);
}

TEST(CassandraReject, FitsARowHoweverLongItsKeyAndItsMessageAre) {
  core::Reject reject;
  reject.detail = "too large";
  reject.key = std::string(12 << 20, 'k');
  reject.message = std::string(20 << 20, 'm');
  BoundRows rows;
  reject_columns().all.bind(rows, {{"shop", 1, "kafka topic sales"}, reject});
  EXPECT_LT(rows.bytes().size(), std::size_t{13} << 20) << "Cassandra takes 16 MiB at most";
  EXPECT_THAT(std::string(rows.bytes()), testing::HasSubstr("too large (only the first 8 MiB of it are kept) (only the "
                                                            "first 4 MiB of its key are kept)"));
  reject.key = std::string(kMaxCutKeyBytes, 'k');
  reject.message = "m";
  rows.clear();
  reject_columns().all.bind(rows, {{"shop", 1, "kafka topic sales"}, reject});
  EXPECT_GT(rows.bytes().size(), kMaxCutKeyBytes);
  EXPECT_THAT(std::string(rows.bytes()), testing::Not(testing::HasSubstr("are kept")));
}

}  // namespace
}  // namespace salestream::store::cassandra
