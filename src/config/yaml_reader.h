// SPDX-License-Identifier: Apache-2.0
// A checked view of a YAML tree: each value knows its file, line, column and the keys that lead to it, and says so in
// every error. Environment variables are replaced here, when a value is read; error texts show what stands in the file
// and never what came from the environment. One thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/pipeline_file.h"
#include "config/yaml_tree.h"

namespace salestream::config {

class YamlMap;

// One file and what its views share; outlives them.
class YamlFile {
 public:
  static constexpr std::size_t kMaxReplacedBytes = 8 << 20;  // over all values of the file

  YamlFile(YamlTree tree, const Environment& environment) : tree_(std::move(tree)), environment_(environment) {}
  YamlFile(const YamlFile&) = delete;
  YamlFile& operator=(const YamlFile&) = delete;

  // The map at the top, its keys checked.
  base::Result<YamlMap> top();

 private:
  friend class YamlValue;
  friend class YamlMap;

  YamlTree tree_;
  const Environment& environment_;
  std::size_t replaced_bytes_ = 0;
};

class YamlValue {
 public:
  YamlValue(YamlFile& file, YamlIndex index, std::string keys) : file_(&file), index_(index), keys_(std::move(keys)) {}

  bool is_null() const { return node().kind == YamlNode::Kind::kNull; }
  bool is_scalar() const { return node().kind == YamlNode::Kind::kScalar; }
  bool is_list() const { return node().kind == YamlNode::Kind::kList; }
  bool is_map() const { return node().kind == YamlNode::Kind::kMap; }

  // The keys that lead here: "order.items".
  const std::string& keys() const { return keys_; }

  // Whether it is taken from the environment, at least in part: then error texts show nothing of it.
  bool takes_variables() const { return node().scalar.find('$') != std::string::npos; }

  // As it stands in the file, safe to print: "'${KAFKA}'", "a list".
  std::string shown() const;

  // "file:line:column: <keys> <what>"
  base::Error error(std::string_view what) const;

  // A map whose keys are those of this section of known_keys.h; one that is not known is an error.
  base::Result<YamlMap> map(std::string_view section) const;
  // What stands under a key, known or not; nothing when it isn't a map with that key.
  std::optional<YamlValue> member(std::string_view key) const;
  // At least one value.
  base::Result<std::vector<YamlValue>> list() const;

  // Scalars. `expected` says what belongs here: "a file name".
  base::Result<std::string> text(std::string_view expected) const;  // never empty
  base::Result<std::string> text_or_empty(std::string_view expected) const;
  base::Result<bool> boolean() const;
  base::Result<std::uint64_t> integer(std::uint64_t least, std::uint64_t most) const;
  base::Result<double> number(double least, double most) const;
  // Bytes: "32MiB" or "33554432".
  base::Result<std::int64_t> size_bytes(std::int64_t least, std::int64_t most) const;

 private:
  const YamlNode& node() const { return file_->tree_.nodes[index_]; }

  YamlFile* file_;
  YamlIndex index_;
  std::string keys_;
};

struct YamlMember {
  std::string key;
  YamlPlace place;  // of the key
  YamlValue value;
};

class YamlMap {
 public:
  YamlMap(YamlFile& file, YamlIndex index, std::string keys, std::string_view section)
      : file_(&file), index_(index), keys_(std::move(keys)), section_(section) {}

  std::optional<YamlValue> find(std::string_view key) const;
  // A missing key is an error that says what belongs there.
  base::Result<YamlValue> require(std::string_view key) const;
  std::vector<YamlMember> members() const;  // in the file's order

  // "file:line:column: what", at the beginning of the map, or at one of its keys.
  base::Error error(std::string_view what) const;
  base::Error error_at_key(const YamlMember& member, std::string_view what) const;
  std::string place_of(const YamlMember& member) const;  // "file:line:column"

  // Exactly one of the section's keys.
  base::Result<YamlMember> only_member() const;

 private:
  const YamlNode& node() const { return file_->tree_.nodes[index_]; }
  YamlMember member(const YamlEntry& entry) const;

  YamlFile* file_;
  YamlIndex index_;
  std::string keys_;
  std::string_view section_;
};

}  // namespace salestream::config
