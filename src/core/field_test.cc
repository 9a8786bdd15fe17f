// SPDX-License-Identifier: Apache-2.0
#include "core/field.h"

#include <gtest/gtest.h>

#include "core/key_fields.h"

namespace salestream::core {
namespace {

TEST(Field, IsPlainWhereNothingButItsPlaceIsSaid) {
  const Field plain = FieldPath{{"a", "b"}};
  EXPECT_TRUE(plain.is_plain());
  for (const auto change :
       {+[](Field& field) { field.paths.push_back(FieldPath{{"c"}}); }, +[](Field& field) { field.fallback = "x"; },
        +[](Field& field) { field.may_be_null = true; }, +[](Field& field) { field.scale_digits = 2; },
        +[](Field& field) { field.is_scaled_by_currency = true; }, +[](Field& field) { field.is_base64 = true; },
        +[](Field& field) { field.unit = TimeUnit::kDays; }, +[](Field& field) { field.scope = FieldScope::kOrder; }}) {
    Field field = plain;
    change(field);
    EXPECT_FALSE(field.is_plain());
  }
}

// ISO 4217, list one.
TEST(Field, KnowsTheMinorUnitsOfCurrencies) {
  for (const auto& [code, digits] : {std::pair("BRL", 2),
                                     {"usd", 2},
                                     {"EUR", 2},
                                     {"JPY", 0},
                                     {"krw", 0},
                                     {"CLP", 0},
                                     {"KWD", 3},
                                     {"TND", 3},
                                     {"CLF", 4}})
    EXPECT_EQ(minor_unit_digits(code), digits) << code;
  for (const char* code : {"", "R$", "BRLX", "B1L", "br"}) EXPECT_FALSE(minor_unit_digits(code)) << code;
}

TEST(KeyFields, ArePlacedByTheOrderAndByTheLineItem) {
  Definition definition;
  Field of_order, of_item;
  of_order.name = "country";
  of_item.name = "category";
  of_item.scope = FieldScope::kItem;
  definition.fields = {of_order, of_item};
  const Dimension country{{FieldIndex::Known::kNamed, 0}}, category{{FieldIndex::Known::kNamed, 1}},
      currency{{FieldIndex::Known::kCurrency}};
  definition.order.currency = FieldPath{{"c"}};
  definition.totals = {{"a", {category, country, Dimension::kDay}, {}}, {"b", {Dimension::kProduct, currency}, {}}};
  const KeyFields fields = KeyFields::of(definition);
  EXPECT_EQ(fields.of_order, (std::vector{country.field, currency.field}));
  EXPECT_EQ(fields.of_item, std::vector{category.field});
  EXPECT_EQ(fields.part(category).from, KeyPart::From::kItemValue);
  EXPECT_EQ(fields.part(currency).place, 1);
  EXPECT_EQ(fields.part(Dimension::kDay).from, KeyPart::From::kTime);
  EXPECT_EQ(definition.dimension_of("category"), category);
  EXPECT_EQ(definition.dimension_of("day"), Dimension::kDay);
  EXPECT_FALSE(definition.dimension_of("price"));
  EXPECT_FALSE(definition.dimension_of("year(country)"));
}

}  // namespace
}  // namespace salestream::core
