// SPDX-License-Identifier: Apache-2.0
#include "core/shape_hint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

namespace salestream::core {
namespace {

using namespace std::string_literals;
using namespace std::string_view_literals;
using testing::HasSubstr;

TEST(ShapeHint, KnowsWhatIsOftenTakenForJsonLines) {
  EXPECT_EQ(shape_hint("\x1f\x8b\x08\x00"sv),
            "It looks like a file packed by gzip: `zcat FILE | salestream run PIPELINE --input -` reads it");
  EXPECT_THAT(shape_hint("\x28\xb5\x2f\xfd$"sv), HasSubstr("zstdcat"));
  EXPECT_THAT(shape_hint("PK\x03\x04"sv), HasSubstr("unzip -p"));
  EXPECT_THAT(shape_hint("Obj\x01"sv), HasSubstr("an Avro file, which has to be made JSON lines first"));
  for (const auto text : {"\xff\xfe{\0\"\0"sv, "\xfe\xff\0{\0\""sv, "{\0\"\0a\0\"\0:\0001\0}\0\r\0"sv})
    EXPECT_THAT(shape_hint(text), HasSubstr("iconv -f UTF-16"));
  for (const char* text : {"{", "  {\r", "{\"products\": [{\"name\": \"a}]\\\"}\",", "{\n  \"id\": 1\n}\n"})
    EXPECT_THAT(shape_hint(text), HasSubstr("`jq -c . FILE |")) << text;
  for (const char* text : {"[", "[{\"products\": []},", "[{\"products\": []}]"})
    EXPECT_THAT(shape_hint(text), HasSubstr("`jq -c '.[]' FILE |")) << text;
  EXPECT_THAT(shape_hint("id;item\n1;Lamp\n"),
              HasSubstr("separated by ';': `mlr --icsv --ifs ';' --ojsonl cat FILE |"));
  EXPECT_THAT(shape_hint("id\titem\n1\tLamp\n"), HasSubstr("separated by tabs: `mlr --itsv --ojsonl cat FILE |"));
  EXPECT_THAT(shape_hint("<?xml version=\"1.0\"?>\n"), HasSubstr("XML"));
}

TEST(ShapeHint, SaysNothingOfWhatItDoesNotKnow) {
  for (const char* text : {"", " ", "Laptop;2;49.90", "{\"products\": []}", "{\"products\": NaN}", "\"products\": [",
                           "{\"a\": \"[{\"}", "}", "order"})
    EXPECT_EQ(shape_hint(text), "") << text;
  EXPECT_EQ(shape_hint("{\"a\0\": 1}"sv), "") << "one zero byte";
  EXPECT_EQ(shape_hint("{" + std::string(kForeignBytes, ' ') + "}"), "") << "too long to be looked through";
}

TEST(Shape, OneWholeLineOfJsonMakesJsonLines) {
  for (const char* text :
       {"{\"a\": 1}\n", "[]\n", "null\n", "1\n", "\"a,b\"\n", "\n\n{\"a\": \"[\"}\r\n{", "[1, 2]\n["})
    EXPECT_EQ(shape_of(text, false), Shape::kJsonLines) << text;
}

TEST(Shape, MoreHasToBeThereFirst) {
  for (const char* text : {"", "\n", "{\"a\": 1}", "[", "[\n", "{\n", "{\"a\": [\n", "a,b\n", "a,b\n1,", "\xef",
                           "\xef\xbb", "\xef\xbb\xbf", "\xef\xbb\xbf{\"a\"", "order"})
    EXPECT_EQ(shape_of(text, false), Shape::kNotKnownYet) << text;
}

TEST(Shape, OtherFormatsAreKnownByTheirBeginning) {
  for (const auto text :
       {"\x1f\x8b"sv, "\xff\xfe{\0"sv, "[\n  {\n"sv, "[\n{\"a\": 1}\n"sv, "{\n  \"a\": 1,\n"sv, "{\n}\n"sv,
        "{\r\n  \"a\": 1\r\n"sv, "[{\"a\": 1},\n{\"a\": 2}]\n"sv, "{\"orders\": [\n  {\n"sv, "[{\n  \"a\": 1\n"sv,
        "\xef\xbb\xbf[\n  1\n"sv, "\n[\n  1\n"sv, "id,item\n1,Lamp\n"sv, "\"id\";\"item\"\n\"1\";\"La;mp\"\n"sv,
        "1|Lamp|2\n2|Sofa|1\n"sv, "<?xml version=\"1.0\"?>\n"sv, "<!DOCTYPE html>\n"sv})
    EXPECT_EQ(shape_of(text, false), Shape::kOther) << text;
  EXPECT_EQ(shape_of("[\n  1", true), Shape::kOther);
}

// A first line may be garbage, or cut off, and what follows good.
TEST(Shape, GarbageBeforeAnOrderIsALineOfItsOwn) {
  for (const char* text :
       {"nonsense\n", "{\"a\": [\n{\"a\": 1}\n", "{\n{\"a\": 1}\n", "[{\"a\": 1},\n{\"a\": 1}\n", "{\"a\": \"x\n{\n",
        "a,b\n{\"a\": 1}\n", "a,b\nc\n", "2024, INFO {\"a\": 1}\n2024, INFO {\"a\": 2}\n", "{'a': 1}\n{'a': 2}\n",
        "{\"a\": tru\nx\n"})
    EXPECT_EQ(shape_of(text, false), Shape::kJsonLines) << text;
  for (const char* text : {"", "{", "{\"a\": [", "[\n", "a,b", "order", "\xef\xbb\xbf"})
    EXPECT_EQ(shape_of(text, true), Shape::kJsonLines) << text;
  EXPECT_EQ(shape_of("{\"a\": \"" + std::string(kForeignBytes, 'x'), false), Shape::kJsonLines);
}

}  // namespace
}  // namespace salestream::core
