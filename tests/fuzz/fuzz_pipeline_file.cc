// SPDX-License-Identifier: Apache-2.0
// Any bytes as a pipeline file. What must hold: nothing crashes, throws or takes long; an error never shows what came
// from the environment and has a place; and a file that is taken gives a definition that, written as a pipeline file,
// is read as the same definition again.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "config/pipeline_file.h"
#include "render_pipeline_file.h"

namespace {

using salestream::config::parse_pipeline_file;

// Short of letters that a limit or a topic could not have, so that it gets far.
constexpr const char* kSecret = "s3cr3tZq";

[[noreturn]] void broken(const char* what, const std::string& detail) {
  std::fprintf(stderr, "broken: %s\n%s\n", what, detail.c_str());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto environment = [](std::string_view name) -> std::optional<std::string> {
    if (name == "UNSET") return std::nullopt;
    if (name == "EMPTY") return "";
    return kSecret;
  };

  const auto file = parse_pipeline_file(text, "fuzz.yaml", environment);
  if (!file.ok()) {
    const std::string& message = file.error().message;
    if (!message.starts_with("fuzz.yaml:")) broken("an error without a place", message);
    if (text.find(kSecret) == std::string_view::npos && message.find(kSecret) != std::string::npos)
      broken("a secret in an error", message);
    if (file.error().kind != salestream::base::ErrorKind::kUsage) broken("not a usage error", message);
    return 0;
  }

  const std::string rendered = salestream::render_pipeline_file(*file);
  const auto again = parse_pipeline_file(rendered, "rendered.yaml", environment);
  if (!again.ok()) broken("not taken when written again", again.error().message + "\n" + rendered);
  if (again->definition.canonical_text() != file->definition.canonical_text())
    broken("another definition when written again",
           file->definition.canonical_text() + "---\n" + again->definition.canonical_text());
  if (salestream::render_pipeline_file(*again) != rendered) broken("other options when written again", rendered);
  return 0;
}
