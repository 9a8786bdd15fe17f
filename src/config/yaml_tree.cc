// SPDX-License-Identifier: Apache-2.0
#include "config/yaml_tree.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/mark.h>
#include <yaml-cpp/parser.h>

#include <algorithm>
#include <exception>
#include <map>
#include <optional>
#include <sstream>
#include <unordered_map>

#include "base/logging.h"
#include "base/utf8.h"

namespace salestream::config {
namespace {

constexpr std::size_t kMaxQuotedBytes = 60;

// Thrown through yaml-cpp, which knows no other way to stop, and caught in parse_yaml.
struct Stop {
  YamlPlace place;
  std::string what;
};

// yaml-cpp counts lines and bytes from 0; people count lines and characters from 1.
class Places {
 public:
  explicit Places(std::string_view text) : text_(text) {
    line_begins_.push_back(0);
    for (std::size_t i = 0; i < text.size(); ++i)
      if (text[i] == '\n') line_begins_.push_back(i + 1);
  }

  YamlPlace of(const YAML::Mark& mark) {
    if (mark.is_null() || mark.line < 0 || static_cast<std::size_t>(mark.line) >= line_begins_.size()) return {};
    const auto line = static_cast<std::size_t>(mark.line);
    const std::size_t begin = line_begins_[line];
    const std::size_t at = std::min(begin + static_cast<std::size_t>(std::max(mark.column, 0)), text_.size());
    // Marks mostly grow: going on from the last one keeps a file that is one long line from costing its square.
    if (line != counted_line_ || at < counted_to_) {
      counted_line_ = line;
      counted_to_ = begin;
      characters_ = 0;
    }
    for (; counted_to_ < at; ++counted_to_)
      if ((static_cast<unsigned char>(text_[counted_to_]) & 0xC0) != 0x80) ++characters_;
    return {mark.line + 1, characters_ + 1};
  }

  YamlPlace of_byte(std::size_t at) {
    const auto after = std::upper_bound(line_begins_.begin(), line_begins_.end(), at);
    const auto line = static_cast<std::size_t>(after - line_begins_.begin()) - 1;
    YAML::Mark mark;
    mark.line = static_cast<int>(line);
    mark.column = static_cast<int>(at - line_begins_[line]);
    return of(mark);
  }

 private:
  std::string_view text_;
  std::vector<std::size_t> line_begins_;
  std::size_t counted_line_ = 0;
  std::size_t counted_to_ = 0;
  int characters_ = 0;
};

std::string quoted(std::string_view text) { return "'" + base::printable(text, kMaxQuotedBytes) + "'"; }

class TreeBuilder final : public YAML::EventHandler {
 public:
  TreeBuilder(YamlTree& tree, Places& places) : tree_(tree), places_(places) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    if (std::exchange(began_, true)) stop(mark, "another YAML document begins here; a pipeline file is one document");
  }
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    finish(add(mark, YamlNode::Kind::kNull, anchor), anchor);
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                const std::string& value) override {
    check_tag(mark, tag);
    const YamlIndex index = add(mark, YamlNode::Kind::kScalar, anchor);
    tree_.nodes[index].scalar = value;
    if (value.find('\0') != std::string::npos) stop(mark, "a text with a NUL character in it");
    finish(index, anchor);
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    const auto at = anchors_.find(anchor);
    if (at == anchors_.end()) stop(mark, "an alias to something that it stands in itself");
    count_values(mark, tree_.nodes[at->second].values);
    attach(at->second, places_.of(mark));
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    begin(mark, YamlNode::Kind::kList, anchor);
  }
  void OnSequenceEnd() override { end(); }

  void OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                  YAML::EmitterStyle::value) override {
    check_tag(mark, tag);
    begin(mark, YamlNode::Kind::kMap, anchor);
  }
  void OnMapEnd() override { end(); }

 private:
  // A map or a list that is not at its end yet.
  struct Open {
    YamlIndex index = 0;
    YAML::anchor_t anchor = 0;
    std::optional<YamlEntry> key;                     // of the entry whose value comes next
    std::unordered_map<std::string, YamlPlace> keys;  // so far
  };

  [[noreturn]] void stop(const YAML::Mark& mark, std::string what) { throw Stop{places_.of(mark), std::move(what)}; }

  // "?" is a plain value, "!" a quoted one.
  void check_tag(const YAML::Mark& mark, const std::string& tag) {
    if (!tag.empty() && tag != "?" && tag != "!") stop(mark, "YAML tags such as " + quoted(tag) + " are not supported");
  }

  void count_values(const YAML::Mark& mark, std::size_t more) {
    values_ += more;
    if (values_ > kMaxYamlValues)
      stop(mark, "more than " + std::to_string(kMaxYamlValues) + " values, with aliases written out");
  }

  YamlIndex add(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    count_values(mark, 1);
    if (anchor != 0) anchors_.erase(anchor);
    YamlNode node;
    node.kind = kind;
    node.place = places_.of(mark);
    tree_.nodes.push_back(std::move(node));
    return static_cast<YamlIndex>(tree_.nodes.size() - 1);
  }

  void begin(const YAML::Mark& mark, YamlNode::Kind kind, YAML::anchor_t anchor) {
    if (open_.size() >= static_cast<std::size_t>(kMaxYamlDepth))
      stop(mark, "nested deeper than " + std::to_string(kMaxYamlDepth) + " levels");
    if (!open_.empty() && is_key_next()) stop(mark, "a key that is a list or a map; keys are names");
    Open open;
    open.index = add(mark, kind, anchor);
    open.anchor = anchor;
    open_.push_back(std::move(open));
  }

  void end() {
    const Open ended = std::move(open_.back());
    open_.pop_back();
    finish(ended.index, ended.anchor);
  }

  // A node is whole: from here on an alias may mean it.
  void finish(YamlIndex index, YAML::anchor_t anchor) {
    if (anchor != 0) anchors_[anchor] = index;
    attach(index, tree_.nodes[index].place);
  }

  bool is_key_next() const {
    const Open& open = open_.back();
    return tree_.nodes[open.index].kind == YamlNode::Kind::kMap && !open.key;
  }

  void attach(YamlIndex index, YamlPlace place) {
    if (open_.empty()) {
      tree_.root = index;
      return;
    }
    Open& open = open_.back();
    YamlNode& parent = tree_.nodes[open.index];
    if (is_key_next()) {
      const YamlNode& key = tree_.nodes[index];
      if (key.kind == YamlNode::Kind::kNull) throw Stop{place, "a key without a name"};
      if (key.kind != YamlNode::Kind::kScalar) throw Stop{place, "a key that is a list or a map; keys are names"};
      const auto [first, is_new] = open.keys.emplace(key.scalar, place);
      if (!is_new)
        throw Stop{place, "the key " + quoted(key.scalar) + " stands here twice; the first is in line " +
                              std::to_string(first->second.line)};
      open.key = YamlEntry{key.scalar, place, 0};
      return;
    }
    parent.values += tree_.nodes[index].values;
    if (parent.kind == YamlNode::Kind::kList) {
      parent.items.push_back(index);
      return;
    }
    // Nothing after `key:` has no place of its own; yaml-cpp gives it that of whatever comes next.
    if (tree_.nodes[index].kind == YamlNode::Kind::kNull) tree_.nodes[index].place = open.key->place;
    open.key->value = index;
    parent.entries.push_back(*std::exchange(open.key, std::nullopt));
  }

  YamlTree& tree_;
  Places& places_;
  std::vector<Open> open_;
  std::map<YAML::anchor_t, YamlIndex> anchors_;
  std::size_t values_ = 0;
  bool began_ = false;
};

// What yaml-cpp would take for UTF-16, for the end of the file, or let through unseen. Such bytes are never meant.
std::optional<Stop> find_bad_byte(std::string_view text, Places& places) {
  for (std::size_t i = 0; i < text.size();) {
    const std::size_t length = base::utf8_sequence_length(text, i);
    if (length == 0) return Stop{places.of_byte(i), "invalid UTF-8; save the file as UTF-8"};
    const auto byte = static_cast<unsigned char>(text[i]);
    const bool carriage_return = byte == '\r' && i + 1 < text.size() && text[i + 1] == '\n';
    if ((byte < 0x20 && byte != '\t' && byte != '\n' && !carriage_return) || byte == 0x7F)
      return Stop{places.of_byte(i), "the control character " + base::printable(text.substr(i, 1), 8)};
    i += length;
  }
  return std::nullopt;
}

}  // namespace

std::string place_text(const std::string& file, YamlPlace place) {
  return base::printable(file, 4096) + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

base::Error error_at(const std::string& file, YamlPlace place, std::string_view what) {
  return base::usage_error(place_text(file, place) + ": " + std::string(what));
}

base::Result<YamlTree> parse_yaml(std::string_view text, const std::string& file) {
  if (text.size() > kMaxFileBytes)
    return error_at(file, {},
                    "the file has more than " + std::to_string(kMaxFileBytes) + " bytes; is it a pipeline file?");
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);

  YamlTree tree;
  tree.file = file;
  tree.nodes.emplace_back();  // the null root of an empty document
  Places places(text);
  if (const auto bad = find_bad_byte(text, places)) return error_at(file, bad->place, bad->what);
  try {
    std::istringstream stream{std::string(text)};
    YAML::Parser parser(stream);
    TreeBuilder builder(tree, places);
    while (parser.HandleNextDocument(builder)) {}
  } catch (const Stop& stop) {
    return error_at(file, stop.place, stop.what);
  } catch (const YAML::Exception& e) {
    return error_at(file, places.of(e.mark), "not valid YAML: " + base::printable(e.msg, 200));
  } catch (const std::exception& e) {
    return error_at(file, {}, std::string("could not be read as YAML: ") + base::printable(e.what(), 200));
  }
  return tree;
}

}  // namespace salestream::config
