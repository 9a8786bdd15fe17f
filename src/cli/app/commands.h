// SPDX-License-Identifier: Apache-2.0
// The commands that arguments.cc reads the arguments of; each does its whole work in one call on the main thread.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "cli/app/command.h"

namespace salestream::cli {

enum class Format : std::uint8_t { kTable, kCsv, kJson };

// A table of more rows than this is printed complete only when asked for: it would take memory without limit.
inline constexpr std::size_t kMaxConsoleRows = 100'000;
inline constexpr std::size_t kDefaultLiveRows = 20;

struct RunArguments {
  PipelineArguments pipeline;
  bool until_end = false;
  bool accept_short_window = false;
  bool take_over = false;
  bool console = false;
  bool quiet = false;
  std::optional<double> interval_seconds;
  std::optional<std::size_t> top;                // 0: all
  std::string http;                              // --http ADDR|off; empty: the usual address
  std::string http_token_file;                   // empty: none
  std::pair<std::string, std::string> http_tls;  // --http-tls CERT KEY; empty: none
};
base::Result<int> run(const RunArguments& arguments);

struct TotalsArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
  std::size_t top = 0;  // 0: all
  std::string table;    // empty: all of them
};
base::Result<int> totals(const TotalsArguments& arguments);

struct InitArguments {
  PipelineArguments pipeline;
  bool print = false;  // instead of doing it
};
base::Result<int> init(const InitArguments& arguments);

enum class ExplainPart : std::uint8_t { kAll, kFields, kSource, kCql, kSqlite, kSpark };
struct ExplainArguments {
  PipelineArguments pipeline;
  ExplainPart only = ExplainPart::kAll;
};
base::Result<int> explain(const ExplainArguments& arguments);

struct StatusArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
};
base::Result<int> status(const StatusArguments& arguments);

struct AuditArguments {
  PipelineArguments pipeline;
  Format format = Format::kTable;
  bool all = false;   // list all differences
  std::string truth;  // a file of `produce --truth`; empty: none
};
base::Result<int> audit(const AuditArguments& arguments);

struct ResetArguments {
  PipelineArguments pipeline;
  bool yes = false;
};
base::Result<int> reset(const ResetArguments& arguments);

// Results go to standard output. Done, too, when nobody reads any further (`| head`); an error when it can't be
// written.
base::Status print(std::string_view text);

}  // namespace salestream::cli
