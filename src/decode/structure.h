// SPDX-License-Identifier: Apache-2.0
// simdjson's first stage: UTF-8 is validated and the places of all JSON tokens are found with vector instructions.
//
// Why only the first stage: simdjson's On Demand interface does not check what it skips, so an order with garbage in a
// field that nobody reads would count; its DOM reads numbers as doubles and keeps no digits. The second stage is
// therefore ours (cursor.h, decoder.cc): it checks every token and reads the digits. The class used here is declared in
// simdjson's header but not meant for everyone; structure_test.cc checks what we rely on against the installed version.
// One instance a thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>

namespace salestream::decode {

enum class ScanStatus : std::uint8_t {
  kOk,
  kEmpty,  // no token at all
  kInvalidUtf8,
  kInvalidJson,  // a string without its end, or with a control character in it
};

class StructureScanner {
 public:
  StructureScanner();
  ~StructureScanner();

  // `bytes` is followed by at least 64 readable bytes. Finds the places of all tokens in it: every bracket, brace,
  // colon and comma, the opening quote of every string, and the first byte of every other scalar. After the last stands
  // the size of `bytes`. They are good until the next call.
  ScanStatus scan(std::string_view bytes);
  const std::uint32_t* tokens() const;

  // Writes the string behind the opening quote at `quote` without its escapes to `to`, and returns its end; nullptr
  // when an escape is wrong. Needs a scanned, padded string, and as much room at `to` as the string has, plus 64 bytes.
  char* unescape(const char* quote, char* to) const;

 private:
  struct Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::decode
