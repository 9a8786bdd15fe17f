// SPDX-License-Identifier: Apache-2.0
// Sorting, filtering and paging of a table's view, for the API. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/message.h"
#include "web/view.h"

namespace salestream::web {

inline constexpr std::size_t kDefaultRows = 100, kMaxRows = 1'000;  // of one answer
inline constexpr std::size_t kMaxFilterBytes = 200;

struct TotalsQuery {
  std::size_t table = 0;
  std::size_t sort_column = 0;
  bool is_ascending = false;
  std::string
      filter;  // rows with a name that has this in it, whatever the case of A to Z and of accented Latin letters
  std::size_t offset = 0, limit = kDefaultRows;
};

// From the parameters of a request; the error is for who wrote them.
base::Result<TotalsQuery> parse_totals_query(const http::Request& request, const core::Definition& definition);

struct QueriedRows {
  std::size_t matching = 0;  // of the rows in the view
  std::vector<const TableView::Row*> rows;
};
QueriedRows run_query(const TotalsQuery& query, const core::TotalsTable& definition, const TableView& view);

}  // namespace salestream::web
