// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <string_view>

#include "core/shape_hint.h"
#include "source/beginning.h"
#include "source/first_messages.h"
#include "source/line_reader.h"

namespace salestream::source {
namespace {

struct Beginning {
  std::string text;
  bool is_all = false;
};

// As many bytes as the limits let through, or as have the lines.
base::Result<Beginning> read_up_to(int fd, const std::string& path, const SampleLimits& limits) {
  Beginning out;
  std::size_t lines = 0;
  while (out.text.size() < limits.bytes && lines < limits.messages) {
    const std::size_t before = out.text.size();
    out.text.resize(std::min(before + static_cast<std::size_t>(kReadBytes), limits.bytes));
    const ssize_t count = ::read(fd, out.text.data() + before, out.text.size() - before);
    out.text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(0, count)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return file_error("reading", path);
    lines += static_cast<std::size_t>(std::ranges::count(std::string_view(out.text).substr(before), '\n'));
    if (count == 0) {
      out.is_all = true;
      break;
    }
  }
  return out;
}

// Of a last line without its end only what is all of it.
core::MessageBatch lines_of(const Beginning& beginning, std::size_t most) {
  core::MessageBatch batch;
  for (std::size_t at = core::mark_bytes(beginning.text);
       at < beginning.text.size() && batch.messages().size() < most;) {
    const std::size_t end = beginning.text.find('\n', at);
    if (end == std::string::npos && !beginning.is_all) break;
    const std::size_t next = end == std::string::npos ? beginning.text.size() : end + 1;
    core::Message line;
    line.offset = static_cast<core::Offset>(at);
    line.next_offset = static_cast<core::Offset>(next);
    batch.append(line, std::string_view(beginning.text).substr(at, std::min(end, next) - at), {});
    at = next;
  }
  return batch;
}

}  // namespace

base::Result<core::MessageBatch> first_lines(const std::string& path, const SampleLimits& limits) {
  const bool is_input = path == "-";
  const FileDescriptor file(is_input ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC), !is_input);
  if (file.get() < 0) return file_error("opening", path);
  SALESTREAM_ASSIGN(const Beginning beginning, read_up_to(file.get(), path, limits));
  // With all that is looked at nothing is left to wait for.
  SALESTREAM_TRY(are_lines(path, std::string_view(beginning.text).substr(0, core::kForeignBytes),
                           beginning.is_all || beginning.text.size() >= core::kForeignBytes));
  core::MessageBatch batch = lines_of(beginning, limits.messages);
  if (!batch.messages().empty()) return batch;
  if (beginning.is_all) return base::failure(fmt::format("{}: is empty", shown_path(path)));
  return base::failure(fmt::format("{}: its first line has more than {} MiB", shown_path(path), limits.bytes >> 20));
}

}  // namespace salestream::source
