// SPDX-License-Identifier: Apache-2.0
#include "decode/structure.h"

#include <simdjson.h>

#include <algorithm>

#include "base/check.h"
#include "core/message.h"

namespace salestream::decode {
namespace {

// A usual block. A larger one is given its memory back afterwards: four bytes for each of its bytes are reserved.
constexpr std::size_t kUsualCapacityBytes = 512 * 1024;

}  // namespace

static_assert(core::MessageBatch::kPaddingBytes >= simdjson::SIMDJSON_PADDING);

struct StructureScanner::Implementation {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> parser;
  std::size_t capacity_bytes = 0;

  void reserve(std::size_t bytes) {
    const std::size_t wanted = std::max(bytes, kUsualCapacityBytes);
    if (parser != nullptr && capacity_bytes >= wanted && (wanted > kUsualCapacityBytes || capacity_bytes == wanted))
      return;
    parser.reset();
    const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(wanted, 1, parser);
    SALESTREAM_CHECK(error == simdjson::SUCCESS);  // only memory can be missing here
    capacity_bytes = wanted;
  }
};

StructureScanner::StructureScanner() : implementation_(std::make_unique<Implementation>()) {
  implementation_->reserve(0);
}
StructureScanner::~StructureScanner() = default;

ScanStatus StructureScanner::scan(std::string_view bytes) {
  if (bytes.empty()) return ScanStatus::kEmpty;
  implementation_->reserve(bytes.size());
  const auto error = implementation_->parser->stage1(reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size(),
                                                     simdjson::stage1_mode::regular);
  if (error == simdjson::SUCCESS) return ScanStatus::kOk;
  if (!simdjson::validate_utf8(bytes.data(), bytes.size())) return ScanStatus::kInvalidUtf8;
  return error == simdjson::EMPTY ? ScanStatus::kEmpty : ScanStatus::kInvalidJson;
}

const std::uint32_t* StructureScanner::tokens() const { return implementation_->parser->structural_indexes.get(); }

char* StructureScanner::unescape(const char* quote, char* to) const {
  return reinterpret_cast<char*>(implementation_->parser->parse_string(reinterpret_cast<const std::uint8_t*>(quote) + 1,
                                                                       reinterpret_cast<std::uint8_t*>(to)));
}

}  // namespace salestream::decode
