// SPDX-License-Identifier: Apache-2.0
// `salestream rejects`: the commands, and their arguments as rejects_arguments.cc reads them. Main thread.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cli/app/command.h"
#include "cli/app/commands.h"
#include "store/store.h"

namespace salestream::cli {

inline constexpr std::size_t kDefaultListedRejects = 100;
inline constexpr std::size_t kMaxListedRejects = 100'000;

// Which rejects are listed or exported. Empty: whatever it is.
struct RejectArguments {
  std::string reason;
  std::optional<core::PartitionId> partition;
  std::optional<core::Offset> from_offset;  // from this one on
  std::optional<core::Offset> to_offset;    // to this one, included
};
base::Result<store::RejectFilter> filter_of(const RejectArguments& arguments);
base::Result<core::RejectReason> parse_reason(const std::string& name);

struct RejectsListArguments {
  PipelineArguments pipeline;
  RejectArguments which;
  Format format = Format::kTable;
  std::size_t limit = kDefaultListedRejects;
};
base::Result<int> list_rejects(const RejectsListArguments& arguments);

struct RejectsShowArguments {
  PipelineArguments pipeline;
  std::string place;
  bool raw = false;
};
base::Result<int> show_reject(const RejectsShowArguments& arguments);

struct RejectsExportArguments {
  PipelineArguments pipeline;
  RejectArguments which;
  std::string out = "-";
};
base::Result<int> export_rejects(const RejectsExportArguments& arguments);

struct RejectsResendArguments {
  PipelineArguments pipeline;
  std::vector<std::string> places;
  bool all = false;
  std::string reason;
  std::string from;  // a file of `rejects export`, edited
  std::size_t limit = 0;
  bool dry_run = false;
  bool again = false;
};
base::Result<int> resend_rejects(const RejectsResendArguments& arguments);

// "2:15".
base::Result<store::RejectPlace> parse_place(const std::string& text);

}  // namespace salestream::cli
