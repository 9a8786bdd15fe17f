// SPDX-License-Identifier: Apache-2.0
// The definitions that this layer's tests share: both formats that the program was made for, and one unlike both.
#pragma once

#include "core/definition.h"

namespace salestream::generate {

inline core::Definition english_sales() {
  core::Definition d;
  d.pipeline = "ecommerce_sales";
  d.order.id = core::FieldPath{{"order_id"}};
  d.order.client = core::FieldPath{{"client_document"}};
  d.order.time = core::FieldPath{{"sale_datetime"}};
  d.order.total = core::FieldPath{{"total_value"}};
  d.order.items = core::FieldPath{{"products"}};
  d.order.product = core::FieldPath{{"product_name"}};
  d.order.quantity = core::FieldPath{{"quantity"}};
  d.order.price = core::FieldPath{{"price"}};
  d.totals = {{"product_sales",
               {core::Dimension::kProduct},
               {{"product_name", core::Dimension::kProduct}, {"total_sales", core::Measure::kRevenue}}}};
  return d;
}

inline core::Definition portuguese_sales() {
  core::Definition d;
  d.pipeline = "vendas_ecommerce";
  d.order.id = core::FieldPath{{"id_ordem"}};
  d.order.client = core::FieldPath{{"cpf_cliente"}};
  d.order.time = core::FieldPath{{"data_hora"}};
  d.order.total = core::FieldPath{{"valor_total"}};
  d.order.items = core::FieldPath{{"produtos_comprados"}};
  d.order.product = {};
  d.order.quantity_is_map = true;
  d.order.quantity = core::FieldPath{{"quantidade_por_produto"}};
  d.totals = {{"vendas",
               {core::Dimension::kProduct},
               {{"produto", core::Dimension::kProduct}, {"quantidade_total", core::Measure::kUnits}}}};
  return d;
}

// Nested, names with dots and quotes in them, two fields under one prefix, totals by client as well.
inline core::Definition nested_sales() {
  core::Definition d;
  d.pipeline = "nested";
  d.order.id = core::FieldPath{{"meta", "id"}};
  d.order.client = core::FieldPath{{"order", "buyer", "cpf"}};
  d.order.time = core::FieldPath{{"meta", "made.at"}};
  d.order.total = core::FieldPath{{"order", "sum"}};
  d.order.items = core::FieldPath{{"order", "lines"}};
  d.order.product = core::FieldPath{{"article", "na\"me"}};
  d.order.quantity = core::FieldPath{{"count"}};
  d.order.price = core::FieldPath{{"article", "price"}};
  d.totals = {{"by_client",
               {core::Dimension::kClient},
               {{"client", core::Dimension::kClient}, {"revenue", core::Measure::kRevenue}}},
              {"by_both",
               {core::Dimension::kProduct, core::Dimension::kClient},
               {{"product", core::Dimension::kProduct},
                {"client", core::Dimension::kClient},
                {"units", core::Measure::kUnits},
                {"orders", core::Measure::kOrders}}}};
  return d;
}

}  // namespace salestream::generate
