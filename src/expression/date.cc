// SPDX-License-Identifier: Apache-2.0
#include "expression/date.h"

#include <algorithm>
#include <chrono>

namespace salestream::expression {
namespace {

namespace chrono = std::chrono;

bool has_form_of_date(std::string_view text) {
  if (text.size() != 10) return false;
  for (std::size_t i = 0; i < text.size(); ++i)
    if (i == 4 || i == 7 ? text[i] != '-' : text[i] < '0' || text[i] > '9') return false;
  return true;
}

int number_of(std::string_view digits) {
  int n = 0;
  for (const char c : digits) n = n * 10 + (c - '0');
  return n;
}

std::string digits_of(unsigned n, std::size_t count) {
  const std::string digits = std::to_string(n);
  return std::string(count - std::min(count, digits.size()), '0') + digits;
}

}  // namespace

std::optional<std::int32_t> days_of(std::string_view date) {
  if (!has_form_of_date(date)) return std::nullopt;
  const chrono::year_month_day day(chrono::year(number_of(date.substr(0, 4))),
                                   chrono::month(static_cast<unsigned>(number_of(date.substr(5, 2)))),
                                   chrono::day(static_cast<unsigned>(number_of(date.substr(8, 2)))));
  if (!day.ok() || day.year() < chrono::year(1)) return std::nullopt;
  return static_cast<std::int32_t>(chrono::sys_days(day).time_since_epoch().count());
}

std::string date_text(std::int32_t days) {
  const chrono::year_month_day day{chrono::sys_days(chrono::days(days))};
  return digits_of(static_cast<unsigned>(static_cast<int>(day.year())), 4) + '-' +
         digits_of(static_cast<unsigned>(day.month()), 2) + '-' + digits_of(static_cast<unsigned>(day.day()), 2);
}

}  // namespace salestream::expression
