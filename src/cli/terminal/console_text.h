// SPDX-License-Identifier: Apache-2.0
// What the store holds as complete text, for a terminal or a file of it. Pure functions; any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal/table.h"
#include "rejects/resent_count.h"
#include "results/snapshot.h"

namespace salestream::cli {

// The tables as text, each with its name above when there is more than one, and a line that says so where rows were
// left out.
std::string to_console_text(const std::vector<results::ShownTable>& tables, const TableStyle& style = {});

// "12 rejects (invalid_json 10, missing_field 2)", "no rejects"
std::string rejects_text(const core::Counters& counters);
// The same with what has become of them: "12 rejects: 10 open, 2 sent again (…)". Where none was sent again, as above;
// nothing: it is not known, which is said.
std::string rejects_text(const core::Counters& counters, const std::optional<rejects::ResentCount>& resent);

}  // namespace salestream::cli
