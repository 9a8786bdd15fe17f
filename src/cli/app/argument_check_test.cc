// SPDX-License-Identifier: Apache-2.0
#include "cli/app/argument_check.h"

#include <gtest/gtest.h>

namespace salestream::cli {
namespace {

CommandNode program() {
  const CommandNode list{"list", "", {{{"--limit"}, "", "N"}}, {"PIPELINE"}, {}};
  return {"salestream",
          "",
          {{{"--log"}, "", "FORMAT"}, {{"-v", "--verbose"}, "", ""}},
          {},
          {{"run", "", {{{"--store"}, "", "sqlite:FILE"}, {{"--http-tls"}, "", "CERT KEY"}}, {"PIPELINE"}, {}},
           {"reset", "", {{{"-y", "--yes"}, "", ""}, {{"--store"}, "", "sqlite:FILE"}}, {"PIPELINE"}, {}},
           {"rejects", "", {}, {}, {list}}}};
}

std::string empty_in(std::vector<std::string_view> arguments) {
  return say_what_is_empty(program(), arguments).value_or("(nothing)");
}
std::string no_command_in(std::vector<std::string_view> arguments) {
  return say_what_is_no_command(program(), arguments).value_or("(nothing)");
}

TEST(ArgumentCheck, NamesTheOptionWhoseValueIsEmpty) {
  const std::string why = " is empty. Perhaps a variable of the shell is not set? Nothing was done";
  EXPECT_EQ(empty_in({"reset", "p.yaml", "--yes", "--store", ""}), "--store: its value" + why);
  EXPECT_EQ(empty_in({"reset", "--store", "", "p.yaml"}), "--store: its value" + why);
  EXPECT_EQ(empty_in({"reset", "p.yaml", "--store=", "--yes"}), "--store: its value" + why);
  EXPECT_EQ(empty_in({"run", "p.yaml", "--http-tls", "cert.pem", ""}), "--http-tls: its value" + why);
  EXPECT_EQ(empty_in({"--log", "", "run"}), "--log: its value" + why);
  EXPECT_EQ(empty_in({"rejects", "list", "p.yaml", "--limit", ""}), "--limit: its value" + why);
  EXPECT_EQ(empty_in({"reset", "p.yaml", "--yes", ""}), "an argument of reset" + why);
  EXPECT_EQ(empty_in({"run", ""}), "an argument of run" + why);
  EXPECT_EQ(empty_in({""}), "an argument" + why);
}

TEST(ArgumentCheck, SaysNothingWhereNothingIsEmpty) {
  EXPECT_EQ(empty_in({}), "(nothing)");
  EXPECT_EQ(empty_in({"run", "p.yaml", "--store", "sqlite:x.db", "-v", "--http-tls", "a", "b", "--input", "-"}),
            "(nothing)");
}

TEST(ArgumentCheck, GuessesTheCommandThatWasMeant) {
  EXPECT_EQ(no_command_in({"rnu", "p.yaml"}), "salestream has no command rnu: did you mean run?");
  EXPECT_EQ(no_command_in({"--log", "json", "-v", "rest"}), "salestream has no command rest: did you mean reset?");
  EXPECT_EQ(no_command_in({"rejects", "lst", "p.yaml"}), "salestream rejects has no command lst: did you mean list?");
  EXPECT_EQ(no_command_in({"frobnicate"}), "salestream has no command frobnicate; salestream --help lists them");
  EXPECT_EQ(no_command_in({"xy"}), "salestream has no command xy; salestream --help lists them");
  EXPECT_EQ(no_command_in({"\x1b[2J"}), "salestream has no command \\x1b[2J; salestream --help lists them");
  EXPECT_EQ(no_command_in({"run", "rnu"}), "(nothing)") << "a pipeline file may have any name";
  EXPECT_EQ(no_command_in({"rejects"}), "(nothing)");
  EXPECT_EQ(no_command_in({}), "(nothing)");
}

}  // namespace
}  // namespace salestream::cli
