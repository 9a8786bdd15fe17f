// SPDX-License-Identifier: Apache-2.0
#include "decode/decoder.h"

#include <fmt/format.h>

#include <cstring>

#include "decode/change_reader.h"
#include "decode/cursor.h"
#include "decode/foreign_message.h"
#include "decode/mapped_order_reader.h"
#include "decode/order_reader.h"
#include "decode/structure.h"

namespace salestream::decode {

using core::Message;
using core::MessageBatch;
using core::RejectReason;

namespace {

// Line items of a batch whose memory is kept for the next one: 3 MB.
constexpr std::size_t kUsualItems = 64 * 1024;

std::unique_ptr<MessageReader> reader_of(const core::Definition& definition) {
  if (definition.is_plain()) return std::make_unique<OrderReader>(definition);
  if (definition.changes != core::Changes::kAppend) return std::make_unique<ChangeReader>(definition);
  return std::make_unique<MappedOrderReader>(definition);
}

}  // namespace

class Decoder::Implementation {
 public:
  explicit Implementation(const core::Definition& definition)
      : max_message_bytes_(definition.max_message_bytes),
        leaves_tombstones_out_(definition.changes != core::Changes::kAppend),
        header_count_(definition.headers().size()),
        reader_(reader_of(definition)) {}

  // The whole block is scanned at once, which costs far less than message by message. The line feed behind each message
  // keeps the scan of one from reaching into the next: a string that is left open meets it as a control character, and
  // half a UTF-8 sequence as an ASCII byte. So if the scan of a block finds a fault, the messages are scanned one by
  // one.
  const DecodedBatch& decode(const MessageBatch& batch) {
    out_.items.clear();
    out_.orders.clear();
    out_.rejects.clear();
    out_.key_values.clear();
    out_.left_out.clear();
    reader_->begin_batch();
    if (out_.items.capacity() > kUsualItems) out_.items = {};
    batch_ = &batch;
    const std::vector<Message>& messages = batch.messages();
    if (messages.empty()) return out_;

    const std::string_view block = batch.payload();
    std::size_t unread_bytes = 0;  // of messages that are too long
    for (const Message& m : messages)
      if (!is_short_enough(m)) unread_bytes += m.size;
    has_escapes_ = std::memchr(block.data(), '\\', block.size()) != nullptr;
    const std::size_t string_bytes = (block.size() - unread_bytes) * reader_->most_readings();
    reserve_arena(has_escapes_ ? string_bytes + MessageBatch::kPaddingBytes : 0);

    const bool as_a_block = unread_bytes == 0 && scanner_.scan(block) == ScanStatus::kOk;
    Token token = scanner_.tokens();
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Message& m = messages[i];
      if (!is_readable(m, i)) continue;
      if (as_a_block) {
        while (*token < m.begin) ++token;  // what an unreadable message left, or a faulty one did not use
        token = decode_one(block.data(), token, m.begin + m.size, facts_of(m), i);
      } else {
        const std::string_view bytes = batch.payload_of(m);
        const ScanStatus status = scanner_.scan(bytes);
        if (status == ScanStatus::kOk)
          decode_one(bytes.data(), scanner_.tokens(), m.size, facts_of(m), i);
        else
          reject_scan(i, status);
      }
    }
    return out_;
  }

 private:
  bool is_short_enough(const Message& m) const { return m.size <= max_message_bytes_ && !m.is_cut; }

  // Of an unusually large batch the memory is given back with the next one.
  void reserve_arena(std::size_t bytes) {
    if (arena_.size() < bytes || (arena_.size() > MessageBatch::kUsualBytes && bytes <= MessageBatch::kUsualBytes))
      arena_ = std::vector<char>(bytes);
    arena_end_ = arena_.data();
  }

  bool is_readable(const Message& m, std::size_t i) {
    if (m.is_null && leaves_tombstones_out_) {
      out_.left_out.push_back(static_cast<std::uint32_t>(i));
    } else if (m.is_null) {
      reject(i, RejectReason::kNullMessage, "a null message (a tombstone): there is no order in it");
    } else if (!is_short_enough(m)) {
      reject(i, RejectReason::kMessageTooLarge,
             fmt::format("{}{} bytes; limits.max_message_bytes in the pipeline file is {}",
                         m.is_cut ? "more than " : "", m.size, max_message_bytes_));
    } else {
      return true;
    }
    return false;
  }

  // Returns a token that is not behind the next message's first: usually that one.
  Token decode_one(const char* base, Token token, std::uint32_t end, const MessageFacts& message, std::size_t i) {
    if (*token >= end) {
      reject_scan(i, ScanStatus::kEmpty);
      return token;
    }
    cursor_.start(base, end, has_escapes_, arena_end_);
    const std::size_t first_order = out_.orders.size();
    if (auto fault = reader_->read(cursor_, token, message, out_)) {
      // Bytes that are no UTF-8 are those of a key or a header then: those of the message were looked at before.
      if (fault->reason == RejectReason::kInvalidUtf8)
        out_.rejects.push_back({static_cast<std::uint32_t>(i), fault->reason, std::move(fault->detail)});
      else
        reject(i, fault->reason, std::move(fault->detail));
    } else if (out_.orders.size() == first_order) {
      out_.left_out.push_back(static_cast<std::uint32_t>(i));
    } else {
      for (std::size_t k = first_order; k < out_.orders.size(); ++k)
        out_.orders[k].message = static_cast<std::uint32_t>(i);
      arena_end_ = cursor_.arena();
    }
    return token;
  }

  MessageFacts facts_of(const Message& m) const {
    return {batch_->key_of(m), m.timestamp_ms, batch_->headers_of(m, header_count_)};
  }

  void reject_scan(std::size_t i, ScanStatus status) {
    switch (status) {
      case ScanStatus::kEmpty: return reject(i, RejectReason::kEmptyMessage, "an empty message");
      case ScanStatus::kInvalidUtf8: return reject(i, RejectReason::kInvalidUtf8, "the bytes are not valid UTF-8");
      case ScanStatus::kInvalidJson:
      case ScanStatus::kOk: break;
    }
    reject(i, RejectReason::kInvalidJson, "a string has no end, or a control character in it");
  }

  void reject(std::size_t i, RejectReason reason, std::string detail) {
    if (auto foreign = describe_foreign(batch_->payload_of(batch_->messages()[i]), reason))
      detail = *std::move(foreign);
    out_.rejects.push_back({static_cast<std::uint32_t>(i), reason, std::move(detail)});
  }

  const std::uint64_t max_message_bytes_;
  const bool leaves_tombstones_out_;
  const std::size_t header_count_;
  const MessageBatch* batch_ = nullptr;  // that is being decoded
  StructureScanner scanner_;
  Cursor cursor_{scanner_, kMaxDepth};
  std::unique_ptr<MessageReader> reader_;
  bool has_escapes_ = false;  // somewhere in the batch
  std::vector<char> arena_;   // strings without their escapes; its size is set before the first is written
  char* arena_end_ = nullptr;
  DecodedBatch out_;
};

Decoder::Decoder(const core::Definition& definition) : implementation_(std::make_unique<Implementation>(definition)) {}
Decoder::~Decoder() = default;
Decoder::Decoder(Decoder&&) noexcept = default;
Decoder& Decoder::operator=(Decoder&&) noexcept = default;

const DecodedBatch& Decoder::decode(const core::MessageBatch& batch) { return implementation_->decode(batch); }

}  // namespace salestream::decode
