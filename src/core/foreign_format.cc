// SPDX-License-Identifier: Apache-2.0
#include "core/foreign_format.h"

#include <algorithm>

namespace salestream::core {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view kPlain =
    "have the producer write plain JSON. Its compression.type packs whole batches, which are unpacked here";
constexpr std::string_view kText = "have the producer write JSON as text, in UTF-8";

struct Magic {
  std::string_view bytes;
  ForeignFormat format;
};
constexpr Magic kMagics[] = {
    {kByteOrderMark,
     {"text with a byte order mark before it, which JSON does not have",
      "have the producer write UTF-8 without one (Python: 'utf-8', not 'utf-8-sig')", "tail -c +4 FILE"}},
    {"\x1f\x8b"sv, {"packed by gzip", kPlain, "zcat FILE"}},
    {"\x28\xb5\x2f\xfd"sv, {"packed by zstd", kPlain, "zstdcat FILE"}},
    {"\x04\x22\x4d\x18"sv, {"packed by lz4", kPlain, "lz4cat FILE"}},
    {"\xff\x06\x00\x00sNaPpY"sv, {"packed by snappy", kPlain, ""}},
    {"\x82SNAPPY\0"sv, {"packed by snappy", kPlain, ""}},
    {"BZh9"sv, {"packed by bzip2", kPlain, "bzcat FILE"}},
    {"\xfd\x37zXZ\0"sv, {"packed by xz", kPlain, "xzcat FILE"}},
    {"\x78\x9c"sv, {"packed by zlib", kPlain, "zlib-flate -uncompress < FILE"}},
    {"\x78\xda"sv, {"packed by zlib", kPlain, "zlib-flate -uncompress < FILE"}},
    {"PK\x03\x04"sv, {"a ZIP file", kText, "unzip -p FILE"}},
    {"PAR1"sv, {"a Parquet file", kText, ""}},
    {"Obj\x01"sv, {"an Avro file", kText, ""}},
    {"SQLite format 3\0"sv, {"an SQLite database", kText, ""}},
    {"%PDF-"sv, {"a PDF file", kText, ""}},
    {"\xac\xed\x00\x05"sv, {"a serialized object of Java", kText, ""}},
    {"\x80\x03"sv, {"a pickle of Python", kText, ""}},
    {"\x80\x04"sv, {"a pickle of Python", kText, ""}},
    {"\x80\x05"sv, {"a pickle of Python", kText, ""}},
};
constexpr ForeignFormat kUtf16{"text in UTF-16", "have the producer write UTF-8", "iconv -f UTF-16 -t UTF-8 FILE"};
constexpr ForeignFormat kUtf16LittleEndian{"text in UTF-16", "have the producer write UTF-8",
                                           "iconv -f UTF-16LE -t UTF-8 FILE"};
constexpr ForeignFormat kUtf16BigEndian{"text in UTF-16", "have the producer write UTF-8",
                                        "iconv -f UTF-16BE -t UTF-8 FILE"};
constexpr ForeignFormat kUtf32{"text in UTF-32", "have the producer write UTF-8", "iconv -f UTF-32 -t UTF-8 FILE"};
constexpr ForeignFormat kMessagePack{"MessagePack", kText, ""};
constexpr ForeignFormat kCbor{"CBOR", kText, ""};
constexpr ForeignFormat kBson{"BSON", kText, ""};

unsigned byte_at(std::string_view text, std::size_t at) { return static_cast<unsigned char>(text[at]); }

// Whether of each `width` bytes only the one at `place` is not zero: text that is mostly ASCII, in wide units.
bool is_wide_text(std::string_view beginning, std::size_t width, std::size_t place) {
  constexpr std::size_t kUnitsLookedAt = 4;
  if (beginning.size() < kUnitsLookedAt * width) return false;
  for (std::size_t at = 0; at < kUnitsLookedAt * width; ++at) {
    const bool is_zero = beginning[at] == '\0';
    if (is_zero == (at % width == place)) return false;
  }
  return true;
}

const ForeignFormat* wide_text(std::string_view beginning) {
  if (beginning.starts_with("\xff\xfe\0\0"sv) || beginning.starts_with("\0\0\xfe\xff"sv)) return &kUtf32;
  if (beginning.starts_with("\xff\xfe"sv) || beginning.starts_with("\xfe\xff"sv)) return &kUtf16;
  if (is_wide_text(beginning, 4, 0) || is_wide_text(beginning, 4, 3)) return &kUtf32;
  if (is_wide_text(beginning, 2, 0)) return &kUtf16LittleEndian;
  if (is_wide_text(beginning, 2, 1)) return &kUtf16BigEndian;
  return nullptr;
}

// An object in binary, whose first name follows its size at once.
const ForeignFormat* binary_object(std::string_view beginning) {
  if (beginning.size() < 8) return nullptr;
  const unsigned first = byte_at(beginning, 0), second = byte_at(beginning, 1);
  const std::size_t size = first | second << 8 | byte_at(beginning, 2) << 16 | byte_at(beginning, 3) << 24;
  if (size == beginning.size() && beginning.back() == '\0') return &kBson;
  if ((first & 0xF0) == 0x80 && (second & 0xE0) == 0xA0) return &kMessagePack;
  if (first == 0xDE && (byte_at(beginning, 3) & 0xE0) == 0xA0) return &kMessagePack;
  if (((first & 0xE0) == 0xA0 || first == 0xBF) && (second & 0xE0) == 0x60) return &kCbor;
  return nullptr;
}

}  // namespace

const ForeignFormat* foreign_format(std::string_view beginning) {
  if (const ForeignFormat* wide = wide_text(beginning)) return wide;
  const auto found = std::find_if(std::begin(kMagics), std::end(kMagics),
                                  [&](const Magic& magic) { return beginning.starts_with(magic.bytes); });
  return found == std::end(kMagics) ? binary_object(beginning) : &found->format;
}

}  // namespace salestream::core
