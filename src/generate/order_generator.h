// SPDX-License-Identifier: Apache-2.0
// Orders that look real: an order is a pure function of (profile, seed, partition, offset), so that it can be read
// again from anywhere, like one in a source. No clock, no I/O, no allocation per order.
// Catalogue: immutable, any thread. OrderGenerator: immutable, any thread.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/message.h"
#include "generate/profile.h"
#include "generate/random.h"

namespace salestream::generate {

inline constexpr int kMaxItems = 8;

struct GeneratedItem {
  std::uint32_t product = 0;  // place in the catalogue
  std::int32_t quantity = 1;
  std::int64_t price_cents = 0;
};

struct GeneratedOrder {
  std::array<char, 36> id;      // a version 4 UUID
  std::array<char, 14> client;  // a CPF, 000.000.000-00, with valid check digits
  std::array<char, 19> time;    // ISO 8601, 2025-01-06T12:34:56
  std::int64_t time_s = 0;      // the same, since 1970-01-01T00:00:00
  std::array<GeneratedItem, kMaxItems> items;
  int item_count = 0;
  std::int64_t total_cents = 0;  // exact
  double total = 0;              // as a program with binary floating point would add it up, noise included

  std::string_view id_text() const { return {id.data(), id.size()}; }
  std::string_view client_text() const { return {client.data(), client.size()}; }
  std::string_view time_text() const { return {time.data(), time.size()}; }
  void set_time(std::int64_t seconds);
};

// Days since 1970-01-01; nothing when `text` is not a date (year-month-day) of the years 1980 to 2199.
std::optional<std::int64_t> parse_date(std::string_view text);

// The products with what is needed to draw one at random in constant time. A numbered product's name and price are made
// when they are asked for, so that a million of them take no memory.
class Catalogue {
 public:
  explicit Catalogue(const GeneratorProfile& profile);  // a profile that passed check()

  std::size_t size() const { return numbered_ > 0 ? static_cast<std::size_t>(numbered_) : names_.size(); }
  std::string name(std::uint32_t product) const;
  std::int64_t base_price_cents(std::uint32_t product) const;

  // The name as a JSON string, quotes included; at most max_json_name_bytes(). Returns the end of what was written.
  char* write_json_name(std::uint32_t product, char* out) const;
  std::size_t max_json_name_bytes() const { return max_json_name_bytes_; }

  std::uint32_t draw(Random& random) const;

 private:
  std::int64_t numbered_ = 0;
  std::vector<std::string> names_;
  std::vector<std::string> json_names_;
  std::vector<std::int64_t> prices_cents_;
  // Walker's alias method: a place is drawn evenly, then either it or its alias is taken.
  std::vector<std::uint32_t> thresholds_;
  std::vector<std::uint32_t> aliases_;
  std::size_t max_json_name_bytes_ = 0;
};

class OrderGenerator {
 public:
  // With `one_quantity_per_product`, a product that stands twice in an order has the same quantity both times, as it
  // must where quantities stand in a map.
  OrderGenerator(const GeneratorProfile& profile, std::uint64_t seed, bool one_quantity_per_product);

  void make(core::PartitionId partition, core::Offset offset, GeneratedOrder& order) const;

  const Catalogue& catalogue() const { return *catalogue_; }

 private:
  void make_items(Random& random, std::int64_t week, GeneratedOrder& order) const;
  std::int64_t price_cents(std::uint32_t product, std::int64_t week) const;

  std::shared_ptr<const Catalogue> catalogue_;
  std::uint64_t seed_;
  bool one_quantity_per_product_;
  std::int64_t first_monday_ = 0;  // days since 1970-01-01
  double start_in_week_ = 0;       // where in its week the first order stands, 0 to 1 of the week's orders
  std::int64_t orders_per_week_ = 0;
  std::uint64_t clients_ = 0;
  std::array<double, 7 * 24 + 1> week_;  // the share of a week's orders that comes before each of its hours
};

}  // namespace salestream::generate
