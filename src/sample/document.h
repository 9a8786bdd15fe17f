// SPDX-License-Identifier: Apache-2.0
// A message of a sample as a tree, to look at: what is read is bounded, and numbers are kept as they stand there.
// Values; the reader has one thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace salestream::sample {

enum class Kind : std::uint8_t { kNull, kBoolean, kNumber, kText, kObject, kArray };

struct Member;

struct Value {
  Kind kind = Kind::kNull;
  std::string text = {};  // a text's, without escapes; a number's and a boolean's, as it stands there
  std::vector<Member> members;
  std::vector<Value> elements;

  bool is_object() const { return kind == Kind::kObject; }
  // Neither null nor an empty text: what a field with several places takes.
  bool is_there() const { return kind != Kind::kNull && (kind != Kind::kText || !text.empty()); }
  // nullptr: it has none, or is no object.
  const Value* member(std::string_view name) const;
};

struct Member {
  std::string name;
  Value value;
};

// Reads documents until they have kMaxValues values together. What no pipeline file can name is left out: members whose
// name is empty, or has half of a surrogate pair or a NUL in it, and what stands deeper than kMaxLevels.
class DocumentReader {
 public:
  static constexpr std::size_t kMaxValues = 500'000;  // 88 bytes each, and their texts
  static constexpr int kMaxLevels = 32;

  DocumentReader();
  ~DocumentReader();
  DocumentReader(const DocumentReader&) = delete;
  DocumentReader& operator=(const DocumentReader&) = delete;

  // Nothing: it is no JSON, or has more values than are left. Read loosely: the decoder has the last word.
  std::optional<Value> read(std::string_view text);

 private:
  class Implementation;
  std::unique_ptr<Implementation> implementation_;
};

}  // namespace salestream::sample
