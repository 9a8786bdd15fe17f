// SPDX-License-Identifier: Apache-2.0
#include "results/sorted_totals.h"

#include <string>

#include "store/unreadable_row.h"

namespace salestream::results {
namespace {

using Int128 = core::Decimal::Int128;

Int128 number_of(core::Measure measure, const core::Measures& measures) {
  switch (measure) {
    case core::Measure::kRevenue: return measures.revenue.scaled();
    case core::Measure::kUnits: return measures.units.scaled();
    case core::Measure::kOrders: return measures.orders;
  }
  return 0;
}

// Bytes in the order of the numbers, greatest first: how many bytes a number has, then those; of one that is not
// negative, all turned around.
void append_descending(std::string& to, Int128 number) {
  const bool is_negative = number < 0;
  const auto bits = static_cast<unsigned __int128>(is_negative ? ~number : number);
  const unsigned flip = is_negative ? 0 : 0xff;
  unsigned size = 0;
  while (size < sizeof bits && bits >> (8 * size) != 0) ++size;
  to += static_cast<char>((0x80U + size) ^ flip);
  for (unsigned i = size; i-- > 0;) to += static_cast<char>(static_cast<unsigned>(bits >> (8 * i) & 0xff) ^ flip);
}

std::size_t descending_size(std::string_view bytes) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  return 1 + (first >= 0x80 ? first - 0x80U : 0x7fU - first);
}

}  // namespace

base::Status SortedTotals::read(const store::Store& store, store::Inspection& inspection, store::TableIndex index) {
  std::string place;
  return inspection.scan_totals(index, [&](std::span<const store::StoredTotals> page) -> base::Status {
    SALESTREAM_TRY(store::check_readable(store, table_, page));
    for (const store::StoredTotals& row : page) {
      place.clear();
      append_descending(place, number_of(first_, row.measures));
      place += row.key;
      SALESTREAM_TRY(sorter_.add(place, base::bytes_of(row.measures)));
    }
    return {};
  });
}

base::Result<bool> SortedTotals::next(core::TotalsRow& row) {
  base::SortedRecord record;
  SALESTREAM_ASSIGN(const bool more, sorter_.next(record));
  if (!more) return false;
  row.key = record.key.substr(descending_size(record.key));
  row.measures = base::value_of<core::Measures>(record.value);
  return true;
}

}  // namespace salestream::results
