// SPDX-License-Identifier: Apache-2.0
#include "core/decimal.h"

#include <gtest/gtest.h>

#include <string>

namespace salestream::core {
namespace {

std::string parsed(std::string_view text) {
  const ParsedNumber number = parse_number(text);
  if (number.status == NumberStatus::kNotANumber) return "not a number";
  if (number.status == NumberStatus::kTooLarge) return "too large";
  return to_string(number.value, 0);
}

TEST(Decimal, ReadsJsonNumbers) {
  EXPECT_EQ(parsed("0"), "0");
  EXPECT_EQ(parsed("-0"), "0");
  EXPECT_EQ(parsed("49.9"), "49.9");
  EXPECT_EQ(parsed("-23.45"), "-23.45");
  EXPECT_EQ(parsed("123.25000000000001"), "123.25");
  EXPECT_EQ(parsed("1e3"), "1000");
  EXPECT_EQ(parsed("1.5E+2"), "150");
  EXPECT_EQ(parsed("2500e-3"), "2.5");
  EXPECT_EQ(parsed("0.000000001"), "0.000000001");
  EXPECT_EQ(parsed("123456789012.5"), "123456789012.5");
  EXPECT_EQ(parsed("999999999999999999.999999999"), "999999999999999999.999999999");
  EXPECT_EQ(parsed("1000000000000000000"), "1000000000000000000");
  EXPECT_EQ(parsed("0e999999999999"), "0");
  EXPECT_EQ(parsed("1e-999999999999999999999"), "0");
  EXPECT_EQ(parsed("0." + std::string(400, '0') + "1"), "0");
  EXPECT_EQ(parsed("1" + std::string(400, '0') + "e-400"), "1");
}

TEST(Decimal, RefusesWhatIsNotAJsonNumber) {
  for (const char* text : {"", "-", "+1", "01", "-01", "1.", ".5", "1e", "1e+", "NaN", "Infinity", "0x10", "1,5", " 1",
                           "1 ", "1_000", "--1", "1.2.3", "1e5.5"})
    EXPECT_EQ(parsed(text), "not a number") << text;
}

TEST(Decimal, RefusesWhatIsTooLarge) {
  EXPECT_EQ(parsed("1000000000000000000.000000001"), "too large");
  EXPECT_EQ(parsed("-1000000000000000001"), "too large");
  EXPECT_EQ(parsed("1e19"), "too large");
  EXPECT_EQ(parsed("1e999999999999"), "too large");
  EXPECT_EQ(parsed(std::string(400, '9')), "too large");
}

TEST(Decimal, RoundsHalfToEven) {
  EXPECT_EQ(parsed("0.0000000005"), "0");
  EXPECT_EQ(parsed("0.0000000015"), "0.000000002");
  EXPECT_EQ(parsed("0.0000000025"), "0.000000002");
  EXPECT_EQ(parsed("0.00000000250000000000000001"), "0.000000003");
  EXPECT_EQ(parsed("0.00000000249999999999999999"), "0.000000002");
  EXPECT_EQ(parsed("-0.0000000015"), "-0.000000002");
  EXPECT_EQ(parsed("0.00000000051"), "0.000000001");
  EXPECT_EQ(parsed("0.00000000005"), "0");
  EXPECT_EQ(parsed("0.9999999999"), "1");
}

TEST(Decimal, ShortAndLongReadersAgree) {
  // The same value with so many zeros that only the general reader takes it.
  for (const char* text : {"0", "1", "49.9", "999999999.999999999", "0.1", "12345.678"}) {
    const std::string shortly = text;
    const std::string at_length = shortly + (shortly.find('.') == std::string::npos ? "." : "") + std::string(30, '0');
    EXPECT_EQ(parsed(shortly), parsed(at_length)) << text;
  }
}

TEST(Decimal, PrefixLeavesTheRest) {
  ParsedNumber number;
  parse_number_prefix("49.90}", number);
  EXPECT_EQ(number.status, NumberStatus::kOk);
  EXPECT_EQ(number.length, 5U);
}

TEST(Decimal, OneTenthAddedTenMillionTimesIsOneMillion) {
  const Decimal tenth = parse_number("0.1").value;
  Decimal sum;
  for (int i = 0; i < 10'000'000; ++i) sum = *add(sum, tenth);
  EXPECT_EQ(to_string(sum, 2), "1000000.00");
}

TEST(Decimal, Multiplies) {
  const auto product = [](std::string_view a, std::string_view b) {
    const auto result = multiply(parse_number(a).value, parse_number(b).value);
    return result ? to_string(*result, 0) : "overflow";
  };
  EXPECT_EQ(product("2", "49.9"), "99.8");
  EXPECT_EQ(product("-3", "23.45"), "-70.35");
  EXPECT_EQ(product("2.5", "1.1"), "2.75");
  EXPECT_EQ(product("0.000000001", "0.5"), "0");            // half to even
  EXPECT_EQ(product("0.000000003", "0.5"), "0.000000002");  // half to even
  EXPECT_EQ(product("-0.000000003", "0.5"), "-0.000000002");
  EXPECT_EQ(product("99999999999999999.999999999", "1.000000001"), "100000000099999999.999999999");
  EXPECT_EQ(product("100000000000", "1000000000"), "100000000000000000000");
  EXPECT_EQ(product("1000000000000000000", "1000000000000000000"), "overflow");
}

TEST(Decimal, AddAndSubtractCheckForOverflow) {
  const Decimal large = Decimal::from_scaled(static_cast<Decimal::Int128>(1) << 126);
  EXPECT_FALSE(add(large, large));
  EXPECT_FALSE(subtract(Decimal::from_scaled(-large.scaled()), Decimal::from_scaled(large.scaled() + 1)));
  EXPECT_EQ(*subtract(large, large), Decimal());
}

TEST(Decimal, PrintsPlainDigits) {
  EXPECT_EQ(to_string(Decimal::from_integer(25), 0), "25");
  EXPECT_EQ(to_string(Decimal::from_integer(25), 2), "25.00");
  EXPECT_EQ(to_string(parse_number("-0.5").value, 2), "-0.50");
  EXPECT_EQ(to_string(parse_number("1.234567891").value, 2), "1.234567891");
  EXPECT_EQ(to_string(Decimal::from_scaled(~static_cast<Decimal::Int128>(0)), 0), "-0.000000001");
  const auto smallest = static_cast<Decimal::Int128>(static_cast<unsigned __int128>(1) << 127);
  EXPECT_EQ(to_string(Decimal::from_scaled(smallest), 0), "-170141183460469231731687303715.884105728");
}

}  // namespace
}  // namespace salestream::core
