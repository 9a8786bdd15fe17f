// SPDX-License-Identifier: Apache-2.0
// What the tests of this layer share: a pipeline file from lines, and what it says once it is loaded. Tests only.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "config/pipeline_file.h"
#include "sample/sample.h"

namespace salestream::sample::testing {

inline core::MessageBatch batch_of(const std::vector<std::string>& lines) {
  core::MessageBatch batch;
  for (const std::string& line : lines) {
    core::Message message;
    message.offset = static_cast<core::Offset>(batch.messages().size());
    message.next_offset = message.offset + 1;
    batch.append(message, line, {});
  }
  return batch;
}

inline SampledPipeline made_from(const std::vector<std::string>& lines) {
  auto made = pipeline_of(batch_of(lines), file_source("orders.jsonl"));
  EXPECT_TRUE(made.ok()) << made.error().message;
  return made.ok() ? *std::move(made) : SampledPipeline{};
}

inline std::string error_from(const std::vector<std::string>& lines) {
  const auto made = pipeline_of(batch_of(lines), file_source("orders.jsonl"));
  return made.ok() ? "no error:\n" + made->text : made.error().message;
}

inline core::Definition loaded(const std::string& text) {
  const auto file = config::parse_pipeline_file(text, "made.yaml", [](std::string_view) { return std::nullopt; });
  EXPECT_TRUE(file.ok()) << file.error().message << "\n" << text;
  return file.ok() ? file->definition : core::Definition{};
}

// As docs/fields.md writes a place: "a.b", or "sku or title".
inline std::string places(const std::optional<core::Field>& field) {
  if (!field) return "none";
  std::string text;
  for (const core::FieldPath& path : field->paths) text += (text.empty() ? "" : " or ") + path.text();
  return text;
}

// Every message of the sample counts, and the definition that does it.
inline core::Definition counts_all(const std::vector<std::string>& lines) {
  const SampledPipeline made = made_from(lines);
  EXPECT_EQ(made.counted, lines.size()) << made.text << (made.rejects.empty() ? "" : made.rejects[0].example);
  return loaded(made.text);
}

}  // namespace salestream::sample::testing
