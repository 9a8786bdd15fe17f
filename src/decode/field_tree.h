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
  kValue,   // whatever stands there, for an ObjectReader
  kTotal,
  kId,
  kClient,
  kTime,
  kItems,
  kQuantityMap,
  kProduct,
  kQuantity,
  kPrice,
};

// The beginning of a JSON name, ready to be compared with the bytes behind an opening quote, closing quote included:
// the usual short name costs two masked 64-bit comparisons and needs no length.
struct NameHead {
  static constexpr std::size_t kBytes = 16;

  std::array<std::uint64_t, 2> bytes{};
  std::array<std::uint64_t, 2> mask{};

  explicit NameHead(std::string_view quoted) {
    const std::size_t size = quoted.size() < kBytes ? quoted.size() : kBytes;
    std::array<char, kBytes> set{};
    std::memset(set.data(), 0xFF, size);
    std::memcpy(bytes.data(), quoted.data(), size);
    std::memcpy(mask.data(), set.data(), kBytes);
  }

  // kBytes are readable at `key`.
  bool matches(const char* key) const {
    std::array<std::uint64_t, 2> there;
    std::memcpy(there.data(), key, kBytes);
    return (((there[0] ^ bytes[0]) & mask[0]) | ((there[1] ^ bytes[1]) & mask[1])) == 0;
  }
};

struct FieldNode;

struct FieldEdge {
  std::string quoted_name;  // with its closing quote
  Role role = Role::kBranch;
  std::uint32_t bit = 0;         // this edge's place in the set of fields seen, or among an ObjectReader's values
  std::string path;              // for messages: "order.lines"
  std::vector<FieldNode> below;  // one node for a branch, none for a leaf

  std::string_view name() const { return std::string_view(quoted_name).substr(0, quoted_name.size() - 1); }
  // For a key whose head matches; as many bytes as the name has are readable there.
  bool matches_behind_head(const char* key) const {
    return quoted_name.size() <= NameHead::kBytes ||
           std::memcmp(key + NameHead::kBytes, quoted_name.data() + NameHead::kBytes,
                       quoted_name.size() - NameHead::kBytes) == 0;
  }
};

// `heads` and `edges` go together; heads stand apart because every key of every message is compared with them.
struct FieldNode {
  std::vector<NameHead> heads;
  std::vector<FieldEdge> edges;

  // By a name without escapes; nullptr: it is not wanted.
  const FieldEdge* find(std::string_view name) const;
};

// One scope (an order, or an element of its items): the tree and which of its fields have to be there.
struct FieldTree {
  static constexpr std::uint32_t kMaxSetEdges = 64;  // where the fields seen are a set of bits

  FieldNode root;
  std::uint32_t edge_count = 0;
  std::uint64_t required = 0;  // bits of leaves

  // Two fields at the same place are a mistake of the caller's: the pipeline file's reader refuses them.
  void add(const core::FieldPath& path, Role role, bool is_required);
  // Of a kValue; the same place may be added again. Returns its `bit`.
  std::uint32_t add_value(const core::FieldPath& path);
  // The path of the first required field whose bit is not in `seen`.
  std::string first_missing(std::uint64_t seen) const;

 private:
  FieldEdge& add_edge(const core::FieldPath& path, Role role);
};

}  // namespace salestream::decode
