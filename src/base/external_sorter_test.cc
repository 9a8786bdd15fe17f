// SPDX-License-Identifier: Apache-2.0
#include "base/external_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace salestream::base {
namespace {

using Records = std::vector<std::pair<std::string, std::string>>;

Records read_all(ExternalSorter& sorter) {
  EXPECT_TRUE(sorter.begin_reading().ok());
  Records records;
  SortedRecord record;
  for (;;) {
    const auto more = sorter.next(record);
    EXPECT_TRUE(more.ok());
    if (!more.ok() || !*more) return records;
    records.emplace_back(record.key, record.value);
  }
}

// Keys with any bytes, of which some are beginnings of others, and values of all lengths, some longer than any buffer.
Records made_up(int count) {
  std::mt19937 random(7);
  Records records;
  for (int i = 0; i < count; ++i) {
    std::string key(random() % 12, '\0');
    for (char& c : key) c = "\0\x01\x7f\xff"[random() % 4];
    key += std::to_string(i);  // no two are the same
    std::string value(i % 501 == 0 ? 20'000 : random() % 40, static_cast<char>('a' + i % 26));
    records.emplace_back(std::move(key), std::move(value));
  }
  return records;
}

TEST(ExternalSorter, SortsWhatMemoryHoldsAndWhatItDoesNot) {
  const Records records = made_up(20'000);
  Records sorted = records;
  std::sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) {
    return std::string_view(a.first) < std::string_view(b.first);  // bytes, not characters
  });
  // All of it; some runs; more runs than are merged at once, on several levels.
  for (const std::size_t memory_bytes : {64U << 20, 256U << 10, 16U << 10}) {
    ExternalSorter sorter(memory_bytes);
    for (const auto& [key, value] : records) ASSERT_TRUE(sorter.add(key, value).ok());
    EXPECT_EQ(sorter.records(), 20'000);
    EXPECT_EQ(sorter.has_spilled(), memory_bytes < 64U << 20);
    EXPECT_TRUE(read_all(sorter) == sorted) << memory_bytes;
    EXPECT_TRUE(read_all(sorter) == sorted) << "a second time, " << memory_bytes;
  }
}

TEST(ExternalSorter, KeepsEveryRecordOfTheSameKey) {
  ExternalSorter sorter(4 << 10);
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(sorter.add("key", std::to_string(i)).ok());
  EXPECT_TRUE(sorter.has_spilled());
  Records records = read_all(sorter);
  std::sort(records.begin(), records.end(),
            [](const auto& a, const auto& b) { return stoi(a.second) < stoi(b.second); });
  ASSERT_EQ(records.size(), 1000U);
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(records[static_cast<std::size_t>(i)].second, std::to_string(i));
}

std::ptrdiff_t open_files() {
  return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), std::filesystem::directory_iterator());
}

// A process may open a thousand files, and `totals` has a sorter for each table.
TEST(ExternalSorter, HasFewFilesOpenHoweverManyRunsThereAre) {
  const std::ptrdiff_t before = open_files();
  ExternalSorter sorter(16 << 10);
  std::ptrdiff_t most = 0;
  for (const auto& [key, value] : made_up(20'000)) {
    ASSERT_TRUE(sorter.add(key, value).ok());
    if (sorter.records() % 100 == 0) most = std::max(most, open_files() - before);
  }
  ASSERT_TRUE(sorter.has_spilled());
  EXPECT_LE(most, 6);
  EXPECT_EQ(read_all(sorter).size(), 20'000U);
}

// Adds numbers up.
bool fold_numbers(const SortedRecord& a, const SortedRecord& b, std::string& value) {
  if (a.key != b.key) return false;
  value = bytes_of(value_of<int>(a.value) + value_of<int>(b.value));
  return true;
}

TEST(ExternalSorter, FoldsRecordsOnTheirWayToAFile) {
  constexpr int kKeys = 1000, kEach = 50;
  ExternalSorter sorter(16 << 10, fold_numbers);
  for (int i = 0; i < kKeys * kEach; ++i) ASSERT_TRUE(sorter.add(std::to_string(i % kKeys), bytes_of(i / kKeys)).ok());
  EXPECT_EQ(sorter.records(), kKeys * kEach);
  EXPECT_GT(sorter.records_in_files(), 2 * kKeys) << "no run has a key twice, and many runs have each key";
  ASSERT_TRUE(sorter.fold_files().ok());
  EXPECT_EQ(sorter.records_in_files(), kKeys);
  // More may come after it.
  for (int i = 0; i < kKeys; ++i) ASSERT_TRUE(sorter.add(std::to_string(i), bytes_of(1)).ok());
  std::map<std::string, int> sums;
  std::string last;
  for (const auto& [key, value] : read_all(sorter)) {
    EXPECT_LE(last, key);
    last = key;
    sums[key] += value_of<int>(value);
  }
  EXPECT_EQ(sums.size(), static_cast<std::size_t>(kKeys));
  for (const auto& [key, sum] : sums) EXPECT_EQ(sum, kEach * (kEach - 1) / 2 + 1) << key;
}

TEST(ExternalSorter, OfNothingIsNothing) {
  ExternalSorter sorter(1 << 20);
  EXPECT_TRUE(read_all(sorter).empty());
}

}  // namespace
}  // namespace salestream::base
