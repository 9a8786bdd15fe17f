// SPDX-License-Identifier: Apache-2.0
// The fields that a definition wants, as a tree that follows the nesting of the messages, made once and matched against
// every key of every message. Immutable once made.
#pragma once

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "core/definition.h"

namespace salestream::decode {

enum class Role : std::uint8_t {
  kBranch,  // an object on the way to wanted fields
  kTotal,
  kClient,
  kItems,
  kQuantityMap,
  kProduct,
  kQuantity,
  kPrice,
};

// A JSON name, ready to be compared with the bytes behind an opening quote, closing quote included: the usual short name
// costs two masked 64-bit comparisons and needs no length.
class NamePattern {
 public:
  explicit NamePattern(std::string_view name) : quoted_(std::string(name) + '"') {
    const std::size_t head = quoted_.size() < kHeadBytes ? quoted_.size() : kHeadBytes;
    std::memcpy(head_.data(), quoted_.data(), head);
    std::array<char, kHeadBytes> mask{};
    std::memset(mask.data(), 0xFF, head);
    std::memcpy(mask_.data(), mask.data(), kHeadBytes);
  }

  // At least kHeadBytes are readable at `key`, and as many as the name has where those match.
  bool matches(const char* key) const {
    std::array<std::uint64_t, 2> there;
    std::memcpy(there.data(), key, kHeadBytes);
    const std::uint64_t different = ((there[0] ^ head_[0]) & mask_[0]) | ((there[1] ^ head_[1]) & mask_[1]);
    if (different != 0) return false;
    return quoted_.size() <= kHeadBytes ||
           std::memcmp(key + kHeadBytes, quoted_.data() + kHeadBytes, quoted_.size() - kHeadBytes) == 0;
  }
  // For a name that was written with escapes.
  bool equals(std::string_view unescaped) const {
    return unescaped == std::string_view(quoted_).substr(0, quoted_.size() - 1);
  }
  std::string_view name() const { return std::string_view(quoted_).substr(0, quoted_.size() - 1); }

 private:
  static constexpr std::size_t kHeadBytes = 16;
  std::string quoted_;
  std::array<std::uint64_t, 2> head_{};
  std::array<std::uint64_t, 2> mask_{};
};

struct FieldNode;

struct FieldEdge {
  NamePattern name;
  Role role = Role::kBranch;
  std::uint32_t bit = 0;  // this edge's place in the set of fields seen
  std::string path;       // for messages: "order.lines"
  std::vector<FieldNode> below;  // one node for a branch, none for a leaf
};

struct FieldNode {
  std::vector<FieldEdge> edges;
};

// One scope (an order, or an element of its items): the tree and which of its fields have to be there.
struct FieldTree {
  FieldNode root;
  std::uint32_t edge_count = 0;
  std::uint64_t required = 0;  // bits of leaves

  // Two fields at the same place are a mistake of the caller's: the pipeline file's reader refuses them.
  void add(const core::FieldPath& path, Role role, bool is_required);
  // The path of the first required field whose bit is not in `seen`.
  std::string first_missing(std::uint64_t seen) const;
};

}  // namespace salestream::decode
