// SPDX-License-Identifier: Apache-2.0
#include "cli/init_sample.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <string.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>

#include "base/file_descriptor.h"
#include "base/logging.h"
#include "cli/app/exit_codes.h"
#include "cli/terminal/print.h"
#include "cli/terminal/text.h"
#include "sample/sample.h"
#include "sample/yaml_scalar.h"
#include "source/first_messages.h"

namespace salestream::cli {
namespace {

// As the shipped pipeline files have it.
constexpr const char* kServersOfEnvironment = "${KAFKA_BROKERS:-localhost:9092}";

std::string servers_of(const SampleArguments& arguments) {
  if (!arguments.bootstrap_servers.empty()) return arguments.bootstrap_servers;
  const char* const brokers = std::getenv("KAFKA_BROKERS");
  return brokers != nullptr && *brokers != '\0' ? brokers : "localhost:9092";
}

// A name of a topic has no slash, and what ends so is rather a file that is not there.
bool looks_like_file(const std::string& name) {
  return name == "-" || name.find('/') != std::string::npos || name.ends_with(".json") || name.ends_with(".jsonl") ||
         name.ends_with(".ndjson") || name.ends_with(".gz") || name.ends_with(".csv") || name.ends_with(".txt");
}

bool is_file(const SampleArguments& arguments) {
  if (!arguments.bootstrap_servers.empty()) return false;
  std::error_code failed;
  return looks_like_file(arguments.from) || std::filesystem::exists(arguments.from, failed);
}

struct Sample {
  core::MessageBatch batch;
  sample::SampleSource source;
};

base::Result<Sample> sample_of_file(const std::string& path) {
  SALESTREAM_ASSIGN(core::MessageBatch batch, source::first_lines(path, {}));
  return Sample{std::move(batch), sample::file_source(path)};
}

base::Result<Sample> sample_of_topic(const SampleArguments& arguments) {
  const std::string& topic = arguments.from;
  auto batch =
      source::first_kafka_messages({.topic = topic, .properties = {{"bootstrap.servers", servers_of(arguments)}}}, {});
  if (!batch.ok() && arguments.bootstrap_servers.empty()) {
    base::Error error = std::move(batch).error();
    error.message = fmt::format("{} is no file, so it was taken for a topic: {}", for_terminal(topic), error.message);
    return error;
  }
  if (!batch.ok()) return std::move(batch).error();
  const std::string servers =
      arguments.bootstrap_servers.empty() ? kServersOfEnvironment : sample::yaml_text(arguments.bootstrap_servers);
  return Sample{*std::move(batch), sample::topic_source(topic, servers)};
}

// Never over what is there: the file may have been corrected by hand.
base::Status write_new_file(const std::string& path, const std::string& text) {
  const base::FileDescriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666));
  const auto cannot = [&](const char* why) {
    if (file.get() >= 0) ::unlink(path.c_str());  // of our own making
    return base::failure(fmt::format("--output {}: can't be written: {}", for_terminal(path), why));
  };
  if (file.get() < 0 && errno == EEXIST)
    return base::usage_error(fmt::format("--output {}: is there already, and is not overwritten", for_terminal(path)));
  if (file.get() < 0) return cannot(strerror(errno));
  for (std::size_t at = 0; at < text.size();) {
    const ssize_t count = ::write(file.get(), text.data() + at, text.size() - at);
    if (count < 0 && errno != EINTR) return cannot(strerror(errno));
    at += static_cast<std::size_t>(count < 0 ? 0 : count);
  }
  return {};
}

// How the pipeline file would do with the sample.
void say_what_counts(const sample::SampledPipeline& made) {
  const auto shown = [](std::size_t count) { return grouped(static_cast<std::int64_t>(count)); };
  std::string line = fmt::format("of {} it would count {}",
                                 count_of(static_cast<std::int64_t>(made.messages), "message"), shown(made.counted));
  if (made.left_out > 0) line += fmt::format(", leave out {}", shown(made.left_out));
  const std::size_t rejected = made.messages - made.counted - made.left_out;
  line += fmt::format(" and reject {}", shown(rejected));
  base::log(rejected == 0 ? base::LogLevel::kInfo : base::LogLevel::kWarning, line);
  for (const sample::NotCounted& each : made.rejects)
    base::log_warning(fmt::format("{} times {}; the first: {}", shown(each.messages), each.reason, each.example));
  if (made.wrong_totals > 0)
    base::log_warning(fmt::format("of {} the total is not the sum of the line items",
                                  count_of(static_cast<std::int64_t>(made.wrong_totals), "order")));
}

}  // namespace

base::Result<int> init_from_sample(const SampleArguments& arguments) {
  SALESTREAM_ASSIGN(const Sample sample,
                    is_file(arguments) ? sample_of_file(arguments.from) : sample_of_topic(arguments));
  auto made = sample::pipeline_of(sample.batch, sample.source);
  if (!made.ok()) {
    base::Error error = std::move(made).error();
    error.message = fmt::format("{}: {}", for_terminal(sample.source.shown), error.message);
    return error;
  }
  SALESTREAM_TRY(arguments.output.empty() ? print(made->text) : write_new_file(arguments.output, made->text));
  say_what_counts(*made);
  return kExitDone;
}

}  // namespace salestream::cli
