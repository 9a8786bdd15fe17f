// SPDX-License-Identifier: Apache-2.0
// Every line of a file comes exactly once, with its own bytes and place, however the file is cut into blocks and
// shared, and from wherever reading goes on.
#include "source/file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <map>
#include <string>

namespace salestream::source {
namespace {

using std::chrono::milliseconds;

class FileSourceTest : public testing::Test {
 protected:
  void SetUp() override {
    char name[] = "/tmp/salestream_file_test_XXXXXX";
    ASSERT_NE(::mkdtemp(name), nullptr);
    directory_ = name;
    path_ = directory_ / "orders.jsonl";
  }
  void TearDown() override { std::filesystem::remove_all(directory_); }

  void write(const std::string& text) { std::ofstream(path_, std::ios::binary) << text; }
  void append(const std::string& text) { std::ofstream(path_, std::ios::binary | std::ios::app) << text; }

  std::filesystem::path directory_;
  std::filesystem::path path_;
};

// Remembers where each partition is, as a worker and its store would.
class FileTestReader : public AssignmentListener {
 public:
  std::map<core::Offset, std::string> lines;  // of all partitions, by place
  std::map<core::PartitionId, core::PartitionProgress> progress;
  int twice = 0;
  std::vector<std::string> replayed;
  std::map<core::PartitionId, core::Offset> ends;

  // Until nothing comes any more, or `most` messages were read.
  void read(Source& source, int worker, int workers, std::size_t most = SIZE_MAX) {
    auto opened = source.open(worker, workers, *this);
    ASSERT_TRUE(opened.ok()) << opened.error().message;
    core::MessageBatch batch;
    std::size_t count = 0;
    for (;;) {
      const auto status = (*opened)->poll(batch, milliseconds(0));
      ASSERT_TRUE(status.ok()) << status.error().message;
      for (const core::Message& m : batch.messages()) {
        core::PartitionProgress& at = progress[m.partition];
        at.partition = m.partition;
        if (m.offset < at.next_offset) {  // the last one once more
          replayed.emplace_back(batch.payload_of(m));
          continue;
        }
        at.last_offset = m.offset;
        at.next_offset = m.next_offset;
        twice += lines.emplace(m.offset, std::string(batch.payload_of(m))).second ? 0 : 1;
        ++count;
      }
      for (const core::ReachedEnd& reached : batch.reached_ends()) ends[reached.partition] = reached.end;
      if (batch.messages().empty() || count >= most) break;
    }
    ASSERT_TRUE((*opened)->close().ok());
  }

 private:
  base::Result<std::vector<ResumePoint>> on_assigned(const std::vector<core::PartitionId>& partitions) override {
    std::vector<ResumePoint> points;
    for (const core::PartitionId id : partitions) {
      ResumePoint point{id, std::nullopt};
      if (const auto found = progress.find(id); found != progress.end()) point.progress = found->second;
      points.push_back(point);
    }
    return points;
  }
  base::Status on_revoked() override { return {}; }
  void on_lost() override {}
};

std::unique_ptr<Source> open(const std::string& path, bool follow) {
  auto source = make_file_source({path, follow}, {});
  EXPECT_TRUE(source.ok()) << (source.ok() ? "" : source.error().message);
  return *std::move(source);
}

// Lines of all lengths, some longer than a block, so that they begin and end everywhere in blocks.
std::string lines_of(std::int64_t bytes, std::map<core::Offset, std::string>& expected) {
  std::string text;
  std::uint64_t random = 7;
  while (static_cast<std::int64_t>(text.size()) < bytes) {
    random = random * 6364136223846793005u + 1442695040888963407u;
    const std::size_t kind = random >> 60;
    const std::size_t size = kind == 0 ? 0 : kind == 1 ? (random >> 33) % 6'000'000 : (random >> 33) % 100'000;
    const std::string line = std::to_string(text.size()) + std::string(size, static_cast<char>('a' + kind));
    expected[static_cast<core::Offset>(text.size())] = line;
    text += line + '\n';
  }
  return text;
}

TEST_F(FileSourceTest, AByteOrderMarkBelongsToTheFileAndToNoLine) {
  write("\xef\xbb\xbf{\"id\": 1}\r\n{\"id\": 2}\r\n");
  const auto source = open(path_, false);
  FileTestReader reader;
  reader.read(*source, 0, 1, 1);
  EXPECT_EQ(reader.lines, (std::map<core::Offset, std::string>{{3, "{\"id\": 1}\r"}, {14, "{\"id\": 2}\r"}}));
  FileTestReader from_first;
  from_first.progress[0] = {.partition = 0, .next_offset = 14, .last_offset = 3};
  from_first.read(*source, 0, 1);
  EXPECT_EQ(from_first.replayed, std::vector<std::string>{"{\"id\": 1}\r"});
  EXPECT_EQ(from_first.lines.begin()->first, 14);
  for (const core::Offset at : {0, 1, 3}) {
    const auto first = source->message_at(0, at);
    ASSERT_TRUE(first.ok());
    EXPECT_EQ((*first)->offset, 3) << at;
    EXPECT_EQ((*first)->checksum, core::checksum("{\"id\": 1}\r"));
  }
  EXPECT_EQ((*source->message_at(0, 4))->offset, 14);
}

TEST_F(FileSourceTest, AFileOfAMarkAloneHasNoLines) {
  write("\xef\xbb\xbf");
  for (const bool follow : {false, true}) {
    const auto source = open(path_, follow);
    FileTestReader reader;
    reader.read(*source, 0, 1);
    EXPECT_TRUE(reader.lines.empty());
    append("{\"id\": 1}\n");
    if (follow) reader.read(*source, 0, 1);
    EXPECT_EQ(reader.lines.size(), follow ? 1U : 0U);
    write("\xef\xbb\xbf");
  }
}

TEST_F(FileSourceTest, AFileOfAnotherFormatIsAnErrorOnceThatIsKnown) {
  const auto poll = [&](Source& source) {
    FileTestReader listener;
    core::MessageBatch batch;
    auto reader = source.open(0, 1, listener);
    base::Status status = (*reader)->poll(batch, milliseconds(0));
    return status.ok() ? std::to_string(batch.messages().size()) : status.error().message;
  };
  write("[\n  {\n    \"id\": 1\n  }\n]\n");
  EXPECT_NE(poll(*open(path_, true))
                .find("orders.jsonl: no JSON lines, an order a line, so nothing of it was read. It "
                      "looks like one JSON array of orders: `jq -c '.[]' FILE"),
            std::string::npos);
  write("[\n");
  const auto following = open(path_, true);
  EXPECT_EQ(poll(*following), "0");
  EXPECT_EQ(poll(*open(path_, false)), "1") << "nothing more comes, so it is a line";
  append("  {\n");
  EXPECT_NE(poll(*following).find("no JSON lines"), std::string::npos);
  write("[\n");
  append("{\"id\": 1}\n{\"id\": 2}\n");
  EXPECT_NE(poll(*following).find("no JSON lines"), std::string::npos);
  write("{\"lines\": [\n{\"id\": 1}\n");
  EXPECT_EQ(poll(*following), "2") << "the first is cut off, and a message";
}

// A line that needs a longer look brings its followers into memory, and they may be many: they are no part of its
// batch.
TEST_F(FileSourceTest, ABatchHasNoMoreThanUsualBehindALongLine) {
  const std::string long_line(500'000, 'x');
  std::string text = long_line + '\n';
  std::size_t lines = 1;
  for (; text.size() < 1'500'000; ++lines) text += "short\n";
  for (const std::string& end : {std::string(), std::string(R"({"a": 1})")}) {
    write(text + end);
    FileTestReader reader;
    const auto source = open(path_, false);
    auto opened = source->open(0, 1, reader);
    ASSERT_TRUE(opened.ok());
    core::MessageBatch batch;
    std::size_t read = 0;
    for (core::Offset next = 0;; next = batch.messages().back().next_offset) {
      ASSERT_TRUE((*opened)->poll(batch, milliseconds(0)).ok());
      if (batch.messages().empty()) break;
      EXPECT_EQ(batch.messages().front().offset, next);
      if (next == 0) {
        EXPECT_EQ(batch.messages().size(), 1U);
      }
      for (const core::Message& m : batch.messages()) EXPECT_EQ(batch.payload_of(m).find('\n'), std::string_view::npos);
      read += batch.messages().size();
    }
    EXPECT_EQ(read, lines + (end.empty() ? 0 : 1));
    ASSERT_TRUE((*opened)->close().ok());
  }
}

TEST_F(FileSourceTest, TellsTheLineAtAPlaceOrTheNextOneOfItsPartition) {
  const std::string long_line(kFileBlockBytes, 'x');  // begins in block 0 and ends in block 1
  const core::Offset after_long = 8 + kFileBlockBytes + 1;
  write("one\ntwo\n" + long_line + "\nlast\nno end");
  const auto source = make_file_source({path_}, {}).value();
  const auto at = [&](core::PartitionId partition, core::Offset offset) {
    return source->message_at(partition, offset).value();
  };
  EXPECT_EQ(at(0, 0)->offset, 0);
  EXPECT_EQ(at(0, 0)->checksum, core::checksum("one"));
  EXPECT_EQ(at(0, 0)->timestamp_ms, -1);
  EXPECT_EQ(at(0, 1)->offset, 4);
  EXPECT_EQ(at(0, 5)->checksum, core::checksum(long_line));
  EXPECT_FALSE(at(0, 9));
  EXPECT_EQ(at(1, 0)->offset, after_long);
  EXPECT_EQ(at(1, after_long)->checksum, core::checksum("last"));
  EXPECT_EQ(at(1, after_long + 1)->checksum, core::checksum("no end"));
  EXPECT_FALSE(at(1, after_long + 6));
  EXPECT_FALSE(at(2, 0));
  std::filesystem::remove(path_);
  EXPECT_FALSE(source->message_at(0, 0).ok());
}

TEST_F(FileSourceTest, EveryLineComesOnceHoweverManyShareTheFile) {
  std::map<core::Offset, std::string> expected;
  write(lines_of(40 << 20, expected));
  for (const int workers : {1, 2, 3, 4}) {
    FileTestReader reader;
    const auto source = open(path_, false);
    for (int worker = 0; worker < workers; ++worker) reader.read(*source, worker, workers);
    EXPECT_EQ(reader.twice, 0);
    EXPECT_TRUE(reader.lines == expected) << workers;  // not EXPECT_EQ: nobody wants to see 40 MB
  }
}

TEST_F(FileSourceTest, RangesEndWhereTheLastLinesDo) {
  std::map<core::Offset, std::string> expected;
  for (const std::int64_t bytes : {0, 100, 9 << 20, 40 << 20}) {
    expected.clear();
    write(lines_of(bytes, expected));
    const auto source = open(path_, false);
    FileTestReader reader;
    reader.read(*source, 0, 1);
    const auto ranges = source->ranges();
    ASSERT_TRUE(ranges.ok());
    for (const PartitionRange& range : *ranges) EXPECT_EQ(range.end, reader.progress[range.partition].next_offset);
  }
}

TEST_F(FileSourceTest, GoesOnWhereItStopped) {
  std::map<core::Offset, std::string> expected;
  write(lines_of(30 << 20, expected));
  FileTestReader reader;
  const auto source = open(path_, false);
  for (int round = 0; round < 2000 && reader.lines.size() < expected.size(); ++round) reader.read(*source, 0, 1, 7);
  EXPECT_EQ(reader.twice, 0);
  EXPECT_TRUE(reader.lines == expected);
}

TEST_F(FileSourceTest, ALineWithoutItsEndWaitsWhileTheFileMayGrow) {
  write("one\ntwo\nthr");
  FileTestReader reader;
  const auto source = open(path_, true);
  reader.read(*source, 0, 1);
  EXPECT_EQ(reader.lines.size(), 2U);
  append("ee\nfour\n");
  reader.read(*source, 0, 1);
  EXPECT_EQ(reader.lines, (std::map<core::Offset, std::string>{{0, "one"}, {4, "two"}, {8, "three"}, {14, "four"}}));
  EXPECT_EQ(reader.twice, 0);
}

TEST_F(FileSourceTest, ALineWithoutItsEndCountsWhenTheFileIsWhole) {
  write("one\n\n{\"two\": \"}\"}");
  FileTestReader reader;
  reader.read(*open(path_, false), 0, 1);
  EXPECT_EQ(reader.lines, (std::map<core::Offset, std::string>{{0, "one"}, {4, ""}, {5, "{\"two\": \"}\"}"}}));
  EXPECT_EQ(reader.ends[0], 17);
}

TEST_F(FileSourceTest, AHalfWrittenLastLineIsLeftUntilItIsWhole) {
  const std::string order = R"({"items": [{"name": "a \\\"}\\", "n": 1}]})";
  for (std::size_t written = 1; written < order.size(); ++written) {
    write("one\n" + order.substr(0, written));
    FileTestReader reader;
    reader.read(*open(path_, false), 0, 1);
    EXPECT_EQ(reader.lines, (std::map<core::Offset, std::string>{{0, "one"}})) << written;
    EXPECT_EQ(reader.ends[0], static_cast<core::Offset>(4 + written));  // so that a run ends
    append(order.substr(written) + "\ntwo\n");
    reader.read(*open(path_, false), 0, 1);
    EXPECT_EQ(reader.lines.size(), 3U) << written;
    EXPECT_EQ(reader.lines[4], order);
    EXPECT_EQ(reader.twice, 0);
  }
}

TEST_F(FileSourceTest, AWholeLastLineIsTheSameOneOnceItsLineFeedIsThere) {
  for (const bool again : {false, true}) {
    for (const std::string end : {"\n", "\r\n", "  \n"}) {
      write("one\n{}");
      FileTestReader reader;
      auto source = open(path_, false);
      reader.read(*source, 0, 1);
      append(end + "two\n");
      if (again) source = open(path_, true);
      reader.read(*source, 0, 1);
      EXPECT_EQ(reader.lines, (std::map<core::Offset, std::string>{
                                  {0, "one"}, {4, "{}"}, {static_cast<core::Offset>(6 + end.size()), "two"}}));
      EXPECT_EQ(reader.replayed, (std::vector<std::string>{"{}"}));
    }
  }
}

TEST_F(FileSourceTest, ALineFeedBehindTheLastLineIsNoLineOfItsOwnToTheSameReader) {
  write("{}");
  FileTestReader reader;
  const auto source = open(path_, false);
  const auto opened = source->open(0, 1, reader).value();
  core::MessageBatch batch;
  ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
  ASSERT_EQ(batch.messages().size(), 1U);
  append("\n");
  ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
  EXPECT_TRUE(batch.messages().empty());
  append("two\n");
  ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
  ASSERT_EQ(batch.messages().size(), 1U);
  EXPECT_EQ(batch.messages().front().offset, 3);
}

TEST_F(FileSourceTest, AWholeLastLineThatGoesOnIsAnError) {
  write("{}");
  FileTestReader reader;
  reader.read(*open(path_, false), 0, 1);
  append(" {}\n");
  const auto source = open(path_, false);
  const auto opened = source->open(0, 1, reader).value();
  core::MessageBatch batch;
  ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
  EXPECT_EQ(batch.payload_of(batch.messages().at(0)), "{}");
  const auto status = opened->poll(batch, milliseconds(0));
  ASSERT_FALSE(status.ok());
  EXPECT_NE(status.error().message.find("written on, at byte 3"), std::string::npos) << status.error().message;
}

TEST_F(FileSourceTest, ALineWithoutAnEndHoldsNobodyUpAndIsReadOnce) {
  // Sparse, so that it takes no room: 512 MiB of NUL.
  write("one\n");
  std::filesystem::resize_file(path_, 512U << 20);
  const auto bytes_read = [] {
    std::ifstream io("/proc/self/io");
    std::string name;
    std::int64_t bytes = 0;
    io >> name >> bytes;
    return bytes;
  };
  const std::int64_t before = bytes_read();
  FileTestReader reader;
  const auto source = open(path_, true);
  const auto opened = source->open(0, 1, reader).value();
  core::MessageBatch batch;
  int polls = 0;
  std::map<core::PartitionId, core::Offset> ends;
  for (; polls < 1000 && ends.size() < 4; ++polls) {
    const std::int64_t at_start = bytes_read();
    ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
    EXPECT_LE(bytes_read() - at_start, 4 * (kMaxLineBytes + (2 << 20)));  // of all four partitions
    for (const core::ReachedEnd& reached : batch.reached_ends()) ends[reached.partition] = reached.end;
  }
  EXPECT_GE(polls, 8);
  const std::int64_t all = bytes_read();
  EXPECT_LE(all - before, std::int64_t{4} * (513 << 20));
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(opened->poll(batch, milliseconds(0)).ok());
  EXPECT_LE(bytes_read() - all, 1 << 20);
  const auto ranges = source->ranges();
  ASSERT_TRUE(ranges.ok());
  EXPECT_LE(bytes_read() - all, std::int64_t{260} << 20);
  for (const PartitionRange& range : *ranges) EXPECT_EQ(range.end, 512 << 20);
}

TEST_F(FileSourceTest, APipeWithoutAWriterIsOpenedAllTheSame) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto source = open(path_, false);
  FileTestReader reader;
  const auto opened = source->open(0, 1, reader);
  ASSERT_TRUE(opened.ok());
  core::MessageBatch batch;
  ASSERT_TRUE((*opened)->poll(batch, milliseconds(1)).ok());
  EXPECT_FALSE((*opened)->is_finished());
  std::ofstream(path_) << "one\ntw";
  while (!(*opened)->is_finished()) ASSERT_TRUE((*opened)->poll(batch, milliseconds(1)).ok());
  EXPECT_EQ(batch.reached_ends().at(0).end, 4);  // without the half line
}

TEST_F(FileSourceTest, AnEmptyFileHasNoLines) {
  write("");
  FileTestReader reader;
  reader.read(*open(path_, false), 0, 1);
  EXPECT_TRUE(reader.lines.empty());
  EXPECT_EQ(reader.ends.size(), static_cast<std::size_t>(FileOptions{}.partitions));
}

TEST_F(FileSourceTest, ALineBeyondTheLimitIsCutAndTheNextOnesAreWhole) {
  write("one\n" + std::string(static_cast<std::size_t>(kMaxLineBytes) + 10, 'x') + "\ntwo\n");
  FileTestReader reader;
  reader.read(*open(path_, false), 0, 1);
  ASSERT_EQ(reader.lines.size(), 3U);
  EXPECT_EQ(reader.lines.rbegin()->second, "two");
  EXPECT_LT(reader.lines[4].size(), 2U << 20);
}

TEST_F(FileSourceTest, AShorterFileShowsItsEndBeforeWhatWasRead) {
  write("one\ntwo\n");
  FileTestReader reader;
  const auto source = open(path_, false);
  reader.read(*source, 0, 1);
  write("on");
  reader.read(*source, 0, 1);
  EXPECT_EQ(reader.ends[0], 2);
}

TEST_F(FileSourceTest, APipeIsReadLikeStandardInput) {
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  const auto source = open(path_, false);
  EXPECT_EQ(source->max_workers(), 1);
  std::FILE* writer = nullptr;
  if (::fork() == 0) {
    writer = std::fopen(path_.c_str(), "w");
    std::fputs("one\ntwo\n{}", writer);
    std::fclose(writer);
    ::_exit(0);
  }
  FileTestReader reader;
  auto opened = source->open(0, 1, reader);
  ASSERT_TRUE(opened.ok());
  core::MessageBatch batch;
  std::string all;
  while (!(*opened)->is_finished()) {
    ASSERT_TRUE((*opened)->poll(batch, milliseconds(100)).ok());
    for (const core::Message& m : batch.messages())
      all +=
          std::to_string(m.offset) + "-" + std::to_string(m.next_offset) + ":" + std::string(batch.payload_of(m)) + " ";
  }
  EXPECT_EQ(all, "0-4:one 4-8:two 8-10:{} ");
}

TEST_F(FileSourceTest, HasTheSameIdentityOnceTheFileIsGone) {
  write("one\n");
  const std::filesystem::path link = directory_ / "link";
  std::filesystem::create_symlink(directory_, link);
  const std::string identity = open(path_, false)->identity();
  EXPECT_EQ(file_identity({(link / path_.filename()).string()}), identity);
  std::filesystem::remove(path_);
  EXPECT_EQ(file_identity({path_.string()}), identity);
  EXPECT_EQ(file_identity({(link / path_.filename()).string()}), identity);
  EXPECT_EQ(file_identity({"-"}), "standard input");
}

TEST_F(FileSourceTest, WhatIsNoFileIsAClearError) {
  EXPECT_NE(make_file_source({(directory_ / "none").string(), true}, {}).error().message.find("No such file"),
            std::string::npos);
  EXPECT_NE(make_file_source({directory_.string(), true}, {}).error().message.find("is a directory"),
            std::string::npos);
}

}  // namespace
}  // namespace salestream::source
