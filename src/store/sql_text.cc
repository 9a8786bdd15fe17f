// SPDX-License-Identifier: Apache-2.0
#include "store/sql_text.h"

#include <variant>

namespace salestream::store {

std::vector<std::string> dimension_columns(const core::TotalsTable& table) {
  std::vector<std::string> names;
  for (const core::Dimension dimension : table.by)
    for (const core::Column& column : table.columns)
      if (const auto* shows = std::get_if<core::Dimension>(&column.shows); shows != nullptr && *shows == dimension)
        names.push_back(column.name);
  return names;
}

base::Error refused_name(const std::string& place, const std::string& why) {
  return base::usage_error((place.empty() ? "pipeline file" : place) + ": " + why);
}

const core::Column* find_key_column(const core::TotalsTable& table,
                                    const std::function<bool(const std::string&)>& is_taken) {
  for (const core::Column& column : table.columns)
    if (std::holds_alternative<core::Dimension>(column.shows) && is_taken(column.name)) return &column;
  return nullptr;
}

std::string joined(const std::vector<std::string>& parts, std::string_view between) {
  std::string out;
  for (std::size_t i = 0; i < parts.size(); ++i) out.append(i == 0 ? "" : between).append(parts[i]);
  return out;
}

std::string placeholders(std::size_t count) { return joined(std::vector<std::string>(count, "?"), ", "); }

std::string equalities(const std::vector<std::string>& names, std::string_view between) {
  std::vector<std::string> parts;
  for (const std::string& name : names) parts.push_back(name + " = ?");
  return joined(parts, between);
}

}  // namespace salestream::store
