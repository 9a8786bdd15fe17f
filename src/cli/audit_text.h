// SPDX-License-Identifier: Apache-2.0
// What `audit` says of what it found. Pure functions; any thread.
#pragma once

#include <cstddef>
#include <string>

#include "audit/report.h"
#include "cli/terminal/table.h"

namespace salestream::cli {

struct AuditText {
  std::string pipeline;
  std::string source;
  std::string store;
  std::size_t most_differences = 0;  // that are listed; 0: all
  TableStyle style;                  // of the table of partitions; differences are evidence, and are never cut
  bool is_repair = false;            // comes after it
};

std::string to_audit_text(const AuditText& names, const audit::Report& report);
// What became of the repair, for below the text of before it.
std::string to_repair_text(const AuditText& names, const audit::Report& report);
std::string to_audit_json(const AuditText& names, const audit::Report& report);
int audit_exit_code(const audit::Report& report);

}  // namespace salestream::cli
