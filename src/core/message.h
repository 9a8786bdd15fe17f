// SPDX-License-Identifier: Apache-2.0
// Messages as a source hands them on: a block of bytes with the place of each message in it. One owner at a time; a
// worker reuses one batch for its whole life, so that reading allocates nothing.
#pragma once

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::core {

using PartitionId = std::int32_t;

// A message's place in its partition. Grows along the source, not always by one. Ranges are half-open: `next_offset` is
// the first one not included.
using Offset = std::int64_t;

struct Message {
  PartitionId partition = 0;
  Offset offset = 0;
  Offset next_offset = 0;  // where the message after it may begin: offset + 1 in Kafka, a byte position in a file
  std::int64_t timestamp_ms = -1;  // since 1970-01-01 UTC; -1: the source has none
  std::uint32_t begin = 0;         // place in the batch's payload
  std::uint32_t size = 0;          // bytes
  std::uint32_t key_begin = 0;     // place in the batch's keys
  std::uint32_t key_size = 0;      // bytes
  std::uint32_t header_begin = 0;  // place among the batch's headers
  bool is_null = false;            // a Kafka tombstone: no payload at all
  bool is_cut = false;             // only the beginning is here: the source gave up at its own limit
};

// The source has read a partition to its end at that moment: nothing stands at `end` or later.
struct ReachedEnd {
  PartitionId partition = 0;
  Offset end = 0;
  // Every message before `end` has been delivered, so that nothing to count stands between the last one and `end`: in
  // Kafka markers and aborted transactions may. False: not known, as in a file whose last line is still being written.
  bool is_all_delivered = false;
};

class MessageBatch {
 public:
  // Bytes that may be read beyond the payload's end, for vector instructions.
  static constexpr std::size_t kPaddingBytes = 64;
  // Memory of this size is kept for the next batch.
  static constexpr std::size_t kUsualBytes = 4 << 20;

  // Gives the memory of an unusually large batch back.
  void clear() {
    messages_.clear();
    reached_ends_.clear();
    payload_size_ = 0;
    keys_.clear();
    headers_.clear();
    if (headers_.capacity() * sizeof(headers_[0]) > kUsualBytes) headers_ = {};
    header_bytes_ = 0;
    if (capacity_ > kUsualBytes) {
      payload_.reset();
      capacity_ = 0;
    }
    if (keys_.capacity() > kUsualBytes) keys_ = {};
    if (messages_.capacity() * sizeof(Message) > kUsualBytes) messages_ = {};
  }

  // Of each header that a definition asks for (Definition::headers), its value; nothing: the message has none.
  using Headers = std::vector<std::optional<std::string>>;

  // Appends a message. A line feed follows each, so that no JSON token spans two of them.
  void append(Message message, std::string_view payload, std::string_view key,
              std::span<const std::optional<std::string_view>> headers = {}) {
    reserve_payload(payload_size_ + payload.size() + 1);
    message.begin = static_cast<std::uint32_t>(payload_size_);
    message.size = static_cast<std::uint32_t>(payload.size());
    message.key_begin = static_cast<std::uint32_t>(keys_.size());
    message.key_size = static_cast<std::uint32_t>(key.size());
    if (!payload.empty()) std::memcpy(payload_.get() + payload_size_, payload.data(), payload.size());
    payload_size_ += payload.size();
    payload_[payload_size_++] = '\n';
    keys_.insert(keys_.end(), key.begin(), key.end());
    message.header_begin = static_cast<std::uint32_t>(headers_.size());
    for (const std::optional<std::string_view>& header : headers) {
      headers_.emplace_back(header);
      header_bytes_ += sizeof(headers_.back()) + (header ? header->size() : 0);
    }
    messages_.push_back(message);
  }

  // For a source that reads a block of lines straight into place: at least `bytes` writable at the returned address.
  // Then one add_line() a line, in order of place, and the size of the whole.
  char* prepare_payload(std::size_t bytes) {
    reserve_payload(bytes);
    return payload_.get();
  }
  void set_payload_size(std::size_t bytes) { payload_size_ = bytes; }
  void add_line(const Message& message) { messages_.push_back(message); }

  void add_reached_end(ReachedEnd end) { reached_ends_.push_back(end); }

  bool empty() const { return messages_.empty() && reached_ends_.empty(); }
  std::size_t payload_bytes() const { return payload_size_; }
  std::size_t header_bytes() const { return header_bytes_; }
  std::string_view payload() const { return {payload_.get(), payload_size_}; }
  const std::vector<Message>& messages() const { return messages_; }
  const std::vector<ReachedEnd>& reached_ends() const { return reached_ends_; }
  std::string_view payload_of(const Message& m) const { return {payload_.get() + m.begin, m.size}; }
  std::string_view key_of(const Message& m) const { return {keys_.data() + m.key_begin, m.key_size}; }
  // None: the source has no headers.
  std::span<const std::optional<std::string>> headers_of(const Message& m, std::size_t count) const {
    return headers_.empty() ? std::span<const std::optional<std::string>>()
                            : std::span(headers_).subspan(m.header_begin, count);
  }

 private:
  void reserve_payload(std::size_t bytes) {
    if (bytes + kPaddingBytes <= capacity_) return;
    // Twice as much, so that appending copies little; but beyond the usual size nothing more follows mostly.
    const std::size_t capacity = bytes + kPaddingBytes + std::min(bytes + kPaddingBytes, kUsualBytes / 2);
    std::unique_ptr<char[]> larger(new char[capacity]());
    if (payload_size_ > 0) std::memcpy(larger.get(), payload_.get(), payload_size_);
    payload_ = std::move(larger);
    capacity_ = capacity;
  }

  std::unique_ptr<char[]> payload_;
  std::size_t capacity_ = 0;
  std::size_t payload_size_ = 0;
  std::vector<char> keys_;
  Headers headers_;
  std::size_t header_bytes_ = 0;
  std::vector<Message> messages_;
  std::vector<ReachedEnd> reached_ends_;
};

}  // namespace salestream::core
