// SPDX-License-Identifier: Apache-2.0
#include "generate/order_generator.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstring>

#include "base/json_writer.h"
#include "core/cell.h"

namespace salestream::generate {
namespace {

constexpr std::int64_t kDayS = 86'400;
constexpr std::int64_t kWeekS = 7 * kDayS;
// After ten years the calendar starts over, so that no number of orders leads to years with five digits.
constexpr std::int64_t kWeeks = 520;

// How many of a day's orders come in each hour: little at night, a peak at lunch and a greater one in the evening; at
// weekends people get up later, and Saturday's evening belongs to other things.
constexpr int kWorkday[24] = {14, 8,  5,  3,  3,  5,  11, 22, 36, 48, 56, 66,
                              84, 72, 54, 50, 50, 54, 66, 84, 98, 92, 62, 30};
constexpr int kSaturday[24] = {24, 16, 9,  6,  4,  4,  7,  13, 26, 46, 64, 76,
                               78, 72, 66, 62, 58, 54, 52, 52, 50, 48, 42, 32};
constexpr int kSunday[24] = {20, 13, 8, 5, 3, 3, 5, 9, 18, 34, 50, 60, 62, 56, 54, 56, 60, 66, 76, 90, 98, 88, 56, 28};

// `hour` of a week that begins on Monday.
int orders_in_hour(int hour) {
  if (hour < 5 * 24) return kWorkday[hour % 24];
  return hour < 6 * 24 ? kSaturday[hour % 24] : kSunday[hour % 24];
}

// Out of 1000: how many items an order has, and how many pieces of an item.
constexpr int kItemCounts[kMaxItems] = {560, 250, 115, 40, 18, 9, 5, 3};
constexpr int kQuantities[] = {815, 115, 35, 15, 10, 4, 0, 2, 0, 4};

template <std::size_t N>
int draw_from(const int (&shares)[N], Random& random) {
  auto rest = static_cast<int>(random.below(1000));
  for (std::size_t i = 0; i < N; ++i)
    if ((rest -= shares[i]) < 0) return static_cast<int>(i) + 1;
  return static_cast<int>(N);
}

void put2(char* out, unsigned n) {
  out[0] = static_cast<char>('0' + n / 10);
  out[1] = static_cast<char>('0' + n % 10);
}

void write_uuid(std::uint64_t high, std::uint64_t low, char* out) {
  static constexpr char kHex[] = "0123456789abcdef";
  high = (high & ~std::uint64_t{0xf000}) | 0x4000;
  low = (low & ~(std::uint64_t{3} << 62)) | (std::uint64_t{1} << 63);
  for (int i = 0; i < 16; ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) *out++ = '-';
    const auto byte = static_cast<unsigned char>((i < 8 ? high : low) >> (56 - 8 * (i % 8)));
    *out++ = kHex[byte >> 4];
    *out++ = kHex[byte & 15];
  }
}

// A CPF's last two digits are weighted sums of those before them, modulo 11. One digit nine times over passes that
// test, but is never given out.
void write_cpf(std::uint64_t number, char* out) {
  number %= 1'000'000'000;
  if (number % 111'111'111 == 0) ++number;
  int digits[11];
  for (int i = 8; i >= 0; --i) {
    digits[i] = static_cast<int>(number % 10);
    number /= 10;
  }
  for (int count = 9; count <= 10; ++count) {
    int sum = 0;
    for (int i = 0; i < count; ++i) sum += digits[i] * (count + 1 - i);
    const int rest = sum % 11;
    digits[count] = rest < 2 ? 0 : 11 - rest;
  }
  for (int i = 0; i < 11; ++i) {
    if (i == 3 || i == 6) *out++ = '.';
    if (i == 9) *out++ = '-';
    *out++ = static_cast<char>('0' + digits[i]);
  }
}

constexpr std::string_view kNumberedPrefix = "Product ";

char* write_numbered_name(std::uint32_t product, char* out) {
  char digits[12];
  const auto end = std::to_chars(digits, digits + sizeof digits, product + 1).ptr;
  const auto size = static_cast<std::size_t>(end - digits);
  out = std::copy(kNumberedPrefix.begin(), kNumberedPrefix.end(), out);
  for (std::size_t i = size; i < 6; ++i) *out++ = '0';
  return std::copy(digits, end, out);
}

// Between 10 and some 5000, small prices being the more common ones, and ending as prices do.
std::int64_t made_up_price_cents(std::uint64_t hash) {
  static constexpr int kEndings[] = {90, 99, 0, 50, 95, 49, 45, 25};
  const double share = static_cast<double>((hash >> 8) & 0xffff) / 65536.0;
  const auto whole = static_cast<std::int64_t>(10 + 4990 * share * share * share);
  return whole * 100 + kEndings[hash % std::size(kEndings)];
}

}  // namespace

std::optional<std::int64_t> parse_date(std::string_view text) {
  if (text.size() != 10 || text[4] != '-' || text[7] != '-') return std::nullopt;
  const auto number = [&](std::size_t begin, std::size_t size) {
    int n = 0;
    for (const char c : text.substr(begin, size)) n = c >= '0' && c <= '9' && n >= 0 ? n * 10 + (c - '0') : -1;
    return n;
  };
  const std::chrono::year_month_day date(std::chrono::year(number(0, 4)),
                                         std::chrono::month(static_cast<unsigned>(number(5, 2))),
                                         std::chrono::day(static_cast<unsigned>(number(8, 2))));
  if (!date.ok() || number(0, 4) < 1980 || number(0, 4) > 2199) return std::nullopt;
  return std::chrono::sys_days(date).time_since_epoch().count();
}

void GeneratedOrder::set_time(std::int64_t seconds) {
  time_s = seconds;
  const std::int64_t day = seconds / kDayS;
  const auto in_day = static_cast<unsigned>(seconds % kDayS);
  const std::chrono::year_month_day date{std::chrono::sys_days(std::chrono::days(day))};
  const auto year = static_cast<unsigned>(static_cast<int>(date.year()));
  char* out = time.data();
  put2(out, year / 100);
  put2(out + 2, year % 100);
  out[4] = '-';
  put2(out + 5, static_cast<unsigned>(date.month()));
  out[7] = '-';
  put2(out + 8, static_cast<unsigned>(date.day()));
  out[10] = 'T';
  put2(out + 11, in_day / 3600);
  out[13] = ':';
  put2(out + 14, in_day / 60 % 60);
  out[16] = ':';
  put2(out + 17, in_day % 60);
}

Catalogue::Catalogue(const GeneratorProfile& profile) : numbered_(profile.numbered_products) {
  if (numbered_ > 0) {
    max_json_name_bytes_ = kNumberedPrefix.size() + 12;
    return;
  }
  std::vector<double> weights;
  for (const Product& product : profile.products) {
    names_.push_back(product.name);
    json_names_.push_back(base::json_string(product.name));
    prices_cents_.push_back(product.price_cents > 0 ? product.price_cents
                                                    : made_up_price_cents(Random::mix(core::checksum(product.name))));
    max_json_name_bytes_ = std::max(max_json_name_bytes_, json_names_.back().size());
    const double by_place = 1.0 / std::pow(static_cast<double>(names_.size()), 0.8);
    weights.push_back(product.weight > 0 ? product.weight : by_place);
  }

  double sum = 0;
  for (const double weight : weights) sum += weight;
  std::vector<std::uint32_t> small, large;
  thresholds_.assign(weights.size(), 0xffffffff);
  aliases_.resize(weights.size());
  for (std::uint32_t i = 0; i < weights.size(); ++i) {
    aliases_[i] = i;
    weights[i] *= static_cast<double>(weights.size()) / sum;
    (weights[i] < 1 ? small : large).push_back(i);
  }
  while (!small.empty() && !large.empty()) {
    const std::uint32_t less = small.back(), more = large.back();
    small.pop_back();
    thresholds_[less] = static_cast<std::uint32_t>(weights[less] * 4294967295.0);
    aliases_[less] = more;
    weights[more] -= 1 - weights[less];
    if (weights[more] < 1) {
      large.pop_back();
      small.push_back(more);
    }
  }
}

std::string Catalogue::name(std::uint32_t product) const {
  if (numbered_ == 0) return names_[product];
  char buffer[32];
  return {buffer, write_numbered_name(product, buffer)};
}

std::int64_t Catalogue::base_price_cents(std::uint32_t product) const {
  return numbered_ == 0 ? prices_cents_[product] : made_up_price_cents(Random::mix(product + 1));
}

char* Catalogue::write_json_name(std::uint32_t product, char* out) const {
  if (numbered_ == 0) {
    const std::string& name = json_names_[product];
    std::memcpy(out, name.data(), name.size());
    return out + name.size();
  }
  *out++ = '"';
  out = write_numbered_name(product, out);
  *out++ = '"';
  return out;
}

std::uint32_t Catalogue::draw(Random& random) const {
  if (numbered_ == 0) {
    const std::uint64_t bits = random.next();
    const auto place = static_cast<std::uint32_t>(((bits >> 32) * names_.size()) >> 32);
    return static_cast<std::uint32_t>(bits) <= thresholds_[place] ? place : aliases_[place];
  }
  // One half Zipf, one half even: a few products sell most, and yet each of them is sold some time.
  const std::uint64_t bits = random.next();
  const auto count = static_cast<std::uint64_t>(numbered_);
  if (bits & 1) return static_cast<std::uint32_t>(random.below(count));
  const double share = static_cast<double>(bits >> 11) * 0x1p-53;
  const auto place = static_cast<std::uint64_t>(std::exp2(share * std::log2(static_cast<double>(count)))) - 1;
  return static_cast<std::uint32_t>(std::min(place, count - 1));
}

OrderGenerator::OrderGenerator(const GeneratorProfile& profile, std::uint64_t seed, bool one_quantity_per_product)
    : catalogue_(std::make_shared<const Catalogue>(profile)),
      seed_(seed),
      one_quantity_per_product_(one_quantity_per_product),
      orders_per_week_(profile.orders_per_day * 7),
      clients_(static_cast<std::uint64_t>(profile.clients)) {
  double sum = 0;
  for (int hour = 0; hour < 7 * 24; ++hour) {
    week_[hour] = sum;
    sum += orders_in_hour(hour);
  }
  for (double& share : week_) share /= sum;
  week_.back() = 1;

  const std::int64_t day = parse_date(profile.base_date).value_or(0);
  const std::int64_t weekday = (day + 3) % 7;  // Monday is 0
  first_monday_ = day - weekday;
  start_in_week_ = week_[weekday * 24 + 9];  // the shop opens at nine
}

void OrderGenerator::make(core::PartitionId partition, core::Offset offset, GeneratedOrder& order) const {
  Random random(seed_, Random::Stream::kOrder, static_cast<std::uint64_t>(partition),
                static_cast<std::uint64_t>(offset));
  const std::uint64_t id_high = random.next(), id_low = random.next();
  write_uuid(id_high, id_low, order.id.data());

  // The third power of an even draw: the keenest tenth of the clients gives almost half of the orders.
  const double share = random.unit();
  const auto client = static_cast<std::uint64_t>(share * share * share * static_cast<double>(clients_));
  write_cpf(Random(seed_, Random::Stream::kClients, client, 0).next(), order.client.data());

  const auto orders_per_week = static_cast<double>(orders_per_week_);
  const double weeks = static_cast<double>(offset % (orders_per_week_ * kWeeks)) / orders_per_week +
                       random.unit() / orders_per_week + start_in_week_;
  const auto week = static_cast<std::int64_t>(weeks);
  const double in_week = weeks - static_cast<double>(week);
  const auto hour = std::upper_bound(week_.begin() + 1, week_.end() - 1, in_week) - week_.begin() - 1;
  const double in_hour = (in_week - week_[hour]) / (week_[hour + 1] - week_[hour]);
  const auto second = static_cast<std::int64_t>((static_cast<double>(hour) + in_hour) * 3600);
  // Orders reach the source a little after they were made, each after another while.
  const auto on_the_way_s = static_cast<std::int64_t>(random.below(45));
  order.set_time(first_monday_ * kDayS + week * kWeekS + std::min(second, kWeekS - 1) - on_the_way_s);

  make_items(random, week, order);
}

void OrderGenerator::make_items(Random& random, std::int64_t week, GeneratedOrder& order) const {
  const int wanted = draw_from(kItemCounts, random);
  order.item_count = 0;
  order.total_cents = 0;
  order.total = 0;
  for (int i = 0; i < wanted; ++i) {
    GeneratedItem item;
    const GeneratedItem* same = nullptr;
    for (int attempt = 0; attempt < 4; ++attempt) {
      item.product = catalogue_->draw(random);
      same = nullptr;
      for (int j = 0; j < order.item_count; ++j)
        if (order.items[j].product == item.product) same = &order.items[j];
      // Now and then somebody puts the same thing into the cart twice, and the shop lists it twice.
      if (!same || random.below(16) == 0) break;
    }
    if (same && random.below(4) != 0) continue;

    item.price_cents = price_cents(item.product, week);
    item.quantity = draw_from(kQuantities, random);
    if (item.price_cents >= 100'000 && random.below(8) != 0) item.quantity = 1;
    if (same && one_quantity_per_product_) item.quantity = same->quantity;
    order.items[order.item_count++] = item;

    // Two roundings, as in Python's `total += quantity * price`; this file is built without fused multiply-add.
    order.total += static_cast<double>(item.quantity) * (static_cast<double>(item.price_cents) / 100.0);
    order.total_cents += item.quantity * item.price_cents;
  }
}

// A price belongs to a product; some weeks it is a little up, or the product is on offer.
std::int64_t OrderGenerator::price_cents(std::uint32_t product, std::int64_t week) const {
  const std::int64_t base = catalogue_->base_price_cents(product);
  static constexpr int kPercent[] = {100, 100, 100, 100, 100, 100, 100, 100, 100, 100, 101, 102, 103, 97, 95, 90};
  const std::uint64_t draw =
      Random(0, Random::Stream::kPrices, product, static_cast<std::uint64_t>(week)).next() % std::size(kPercent);
  return std::max<std::int64_t>(1, (base * kPercent[draw] + 50) / 100);
}

}  // namespace salestream::generate
