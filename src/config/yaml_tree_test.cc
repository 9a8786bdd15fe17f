// SPDX-License-Identifier: Apache-2.0
// What any bytes may do to the reading of YAML: be taken, or be refused with a place, in bounded memory and time.
#include "config/yaml_tree.h"

#include <gtest/gtest.h>

namespace salestream::config {
namespace {

std::string tree_error(std::string_view text) {
  const auto tree = parse_yaml(text, "x.yaml");
  return tree.ok() ? "no error" : tree.error().message;
}

std::string repeated(std::string_view what, std::size_t times) {
  std::string text;
  for (std::size_t i = 0; i < times; ++i) text += what;
  return text;
}

TEST(YamlTree, KeepsOrderAndPlaces) {
  const auto tree = parse_yaml("b: 1\na:\n  - x\n  - {c: 'y'}\n", "x.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  const YamlNode& root = tree->nodes[tree->root];
  ASSERT_EQ(root.entries.size(), 2U);
  EXPECT_EQ(root.entries[0].key, "b");
  EXPECT_EQ(root.entries[1].key, "a");
  EXPECT_EQ(root.entries[1].place.line, 2);
  const YamlNode& list = tree->nodes[root.entries[1].value];
  ASSERT_EQ(list.items.size(), 2U);
  const YamlNode& inner = tree->nodes[list.items[1]];
  ASSERT_EQ(inner.entries.size(), 1U);
  EXPECT_EQ(inner.entries[0].place.line, 4);
  EXPECT_EQ(inner.entries[0].place.column, 6);
  EXPECT_EQ(tree->nodes[inner.entries[0].value].scalar, "y");
  EXPECT_EQ(tree->nodes[inner.entries[0].value].place.column, 9);
}

TEST(YamlTree, CountsColumnsInCharacters) {
  const auto tree = parse_yaml("{preço: ção, b: 1}", "x.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  EXPECT_EQ(tree->nodes[tree->root].entries[1].place.column, 14);
  EXPECT_EQ(tree_error("é: 1\nç: [\n"), "x.yaml:3:1: not valid YAML: end of sequence flow not found");
}

TEST(YamlTree, NothingAfterAKeyStandsWhereTheKeyStands) {
  const auto tree = parse_yaml("a: 1\nb:\n\n\nc: 2\n", "x.yaml");
  ASSERT_TRUE(tree.ok());
  const YamlEntry& b = tree->nodes[tree->root].entries[1];
  EXPECT_EQ(tree->nodes[b.value].kind, YamlNode::Kind::kNull);
  EXPECT_EQ(tree->nodes[b.value].place.line, 2);
}

TEST(YamlTree, TakesByteOrderMarkAndWindowsLineEnds) {
  const auto tree = parse_yaml(
      "\xEF\xBB\xBF"
      "a: 1\r\nb: 2\r\n",
      "x.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  EXPECT_EQ(tree->nodes[tree->nodes[tree->root].entries[0].value].scalar, "1");
  EXPECT_EQ(tree->nodes[tree->root].entries[1].place.column, 1);
}

TEST(YamlTree, AnAliasStandsForWhatItNames) {
  const auto tree = parse_yaml("a: &x {k: v}\nb: *x\n", "x.yaml");
  ASSERT_TRUE(tree.ok()) << tree.error().message;
  const auto& entries = tree->nodes[tree->root].entries;
  EXPECT_EQ(entries[0].value, entries[1].value);
}

TEST(YamlTree, RefusesAKeyThatStandsTwice) {
  EXPECT_EQ(tree_error("a: 1\nb: 2\n'a': 3\n"), "x.yaml:3:1: the key 'a' stands here twice; the first is in line 1");
  EXPECT_EQ(tree_error("{x: {b: 1, b: 2}}"), "x.yaml:1:12: the key 'b' stands here twice; the first is in line 1");
}

TEST(YamlTree, RefusesWhatIsNoConfiguration) {
  EXPECT_EQ(tree_error("? [a]\n: b\n"), "x.yaml:1:3: a key that is a list or a map; keys are names");
  EXPECT_EQ(tree_error("~: b\n"), "x.yaml:1:1: a key without a name");
  EXPECT_EQ(tree_error("a: !!binary eA==\n"),
            "x.yaml:1:4: YAML tags such as 'tag:yaml.org,2002:binary' are not supported");
  EXPECT_EQ(tree_error("a: 1\n---\nb: 2\n"),
            "x.yaml:2:1: another YAML document begins here; a pipeline file is one document");
  EXPECT_EQ(tree_error("a: \"x\\0y\"\n"), "x.yaml:1:4: a text with a NUL character in it");
  EXPECT_EQ(tree_error("a: &x [*x]\n"), "x.yaml:1:8: an alias to something that it stands in itself");
}

TEST(YamlTree, RefusesBytesThatAreNoText) {
  EXPECT_EQ(tree_error("a: \xFF\n"), "x.yaml:1:4: invalid UTF-8; save the file as UTF-8");
  EXPECT_EQ(tree_error("a: 1\nb: \xED\xA0\x80\n"), "x.yaml:2:4: invalid UTF-8; save the file as UTF-8");
  EXPECT_EQ(tree_error(std::string_view("a: \0", 4)), "x.yaml:1:4: the control character \\x00");
  EXPECT_EQ(tree_error("a: \x04 b"), "x.yaml:1:4: the control character \\x04");
  EXPECT_EQ(tree_error("a: 1\rb: 2"), "x.yaml:1:5: the control character \\x0d");
  EXPECT_EQ(tree_error(std::string_view("\xFF\xFE"
                                        "a\0",
                                        4)),
            "x.yaml:1:1: invalid UTF-8; save the file as UTF-8");
}

TEST(YamlTree, SaysWhereTheSyntaxIsWrong) {
  EXPECT_EQ(tree_error("a:\n  b: [1, 2\nc: 3\n"), "x.yaml:3:2: not valid YAML: end of sequence flow not found");
  EXPECT_EQ(tree_error("a: *b\n"), "x.yaml:1:4: not valid YAML: the referenced anchor is not defined");
}

// 9^20 values, were they written out.
TEST(YamlTree, BillionLaughsCostNothing) {
  std::string text = "a: &a [x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'u'; ++name) {
    const std::string before = std::string("*") + static_cast<char>(name - 1);
    text += std::string(1, name) + ": &" + name + " [" + before + repeated(", " + before, 8) + "]\n";
  }
  EXPECT_EQ(tree_error(text), "x.yaml:6:8: more than 100000 values, with aliases written out");
}

TEST(YamlTree, DepthIsBounded) {
  EXPECT_EQ(tree_error(repeated("- ", 32) + "x"), "no error");
  EXPECT_EQ(tree_error(repeated("- ", 33) + "x"), "x.yaml:1:65: nested deeper than 32 levels");
  EXPECT_EQ(tree_error(repeated("[", 32) + repeated("]", 32)), "no error");
  EXPECT_EQ(tree_error(repeated("[", 500'000) + repeated("]", 500'000)), "x.yaml:1:33: nested deeper than 32 levels");
  // Unbalanced, and as long as a file may be: no such text may end the process.
  for (const std::string_view bracket : {"[", "{", "- ", "? ", "[a: ", "[? ", "{: ", "&a ", "! ", "a:", "]"})
    EXPECT_NE(tree_error(repeated(bracket, 200'000 / bracket.size())), "no error") << bracket;
}

TEST(YamlTree, SizeIsBounded) {
  EXPECT_EQ(tree_error("a: " + std::string(kMaxFileBytes - 3, 'x')), "no error");
  EXPECT_EQ(tree_error("a: " + std::string(kMaxFileBytes - 2, 'x')),
            "x.yaml:1:1: the file has more than 1048576 bytes; is it a pipeline file?");
}

TEST(YamlTree, FileNameIsSafeToPrint) {
  const auto tree = parse_yaml("a: [", "x\033[2J.yaml");
  ASSERT_FALSE(tree.ok());
  EXPECT_EQ(tree.error().message.find('\033'), std::string::npos);
}

}  // namespace
}  // namespace salestream::config
