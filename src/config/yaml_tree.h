// SPDX-License-Identifier: Apache-2.0
// YAML text as a tree of plain values with places, and nothing of yaml-cpp. Whatever the bytes are, reading them takes
// bounded memory, time and stack, and gives a tree or an error with file, line and column. Values; any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace salestream::config {

inline constexpr std::size_t kMaxFileBytes = 1 << 20;
inline constexpr int kMaxYamlDepth = 32;                // maps and lists within each other
inline constexpr std::size_t kMaxYamlValues = 100'000;  // aliases count as all that they stand for

// Where something stands in the file, as editors count: from 1, columns in characters.
struct YamlPlace {
  int line = 1;
  int column = 1;
};

struct YamlNode;
using YamlIndex = std::uint32_t;  // place in YamlTree::nodes; an alias is the index of what it stands for

struct YamlEntry {
  std::string key;
  YamlPlace place;  // of the key
  YamlIndex value = 0;
};

struct YamlNode {
  enum class Kind : std::uint8_t { kNull, kScalar, kList, kMap };

  Kind kind = Kind::kNull;
  YamlPlace place;
  std::string scalar;
  std::vector<YamlIndex> items;    // of a list
  std::vector<YamlEntry> entries;  // of a map, in the file's order; no key twice
  std::size_t values = 1;          // it and all in it, with aliases written out
};

struct YamlTree {
  std::string file;  // as errors name it
  std::vector<YamlNode> nodes;
  YamlIndex root = 0;
};

// `file` is only for error texts. An empty document is a null root.
base::Result<YamlTree> parse_yaml(std::string_view text, const std::string& file);

// "file:line:column: what"
std::string place_text(const std::string& file, YamlPlace place);  // "file:line:column"
base::Error error_at(const std::string& file, YamlPlace place, std::string_view what);

}  // namespace salestream::config
