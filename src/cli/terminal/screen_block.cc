// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/screen_block.h"

#include <errno.h>
#include <fmt/format.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>

#include "cli/terminal/text.h"

namespace salestream::cli {
namespace {

constexpr const char* kBeginFrame = "\x1b[?2026h\x1b[?25l\x1b[?7l";  // synchronized, cursor hidden, no wrapping
constexpr const char* kEndFrame = "\x1b[?7h\x1b[?25h\x1b[?2026l";

int positive_number_in(const char* variable) {
  const char* text = getenv(variable);
  return text == nullptr ? 0 : std::max(0, atoi(text));
}

// The width without the colours (SGR sequences) that our own lines have in them.
int width_of_coloured(const std::string& line) {
  std::string plain;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (line[i] == '\x1b') {
      while (i < line.size() && line[i] != 'm') ++i;
      continue;
    }
    plain += line[i];
  }
  return display_width(plain);
}

}  // namespace

TerminalSize terminal_size(int fd) {
  TerminalSize size;
  if (const int columns = positive_number_in("COLUMNS")) size.width_columns = columns;
  if (const int rows = positive_number_in("LINES")) size.height_rows = rows;
  winsize answer{};
  if (ioctl(fd, TIOCGWINSZ, &answer) == 0 && answer.ws_col > 0 && answer.ws_row > 0)
    size = {answer.ws_col, answer.ws_row};
  return size;
}

bool is_live_terminal(int fd) {
  if (isatty(fd) == 0) return false;
  const char* term = getenv("TERM");
  return term != nullptr && *term != '\0' && std::string_view(term) != "dumb";
}

bool wants_color(int fd) {
  const char* no_color = getenv("NO_COLOR");
  return is_live_terminal(fd) && (no_color == nullptr || *no_color == '\0');
}

bool write_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(fd, bytes.data(), bytes.size());
    if (written >= 0) {
      bytes.remove_prefix(static_cast<std::size_t>(written));
    } else if (errno == EAGAIN || errno == EWOULDBLOCK) {
      pollfd ready{fd, POLLOUT, 0};  // a descriptor that somebody else made non-blocking
      poll(&ready, 1, 1000);
    } else if (errno != EINTR) {
      return false;
    }
  }
  return true;
}

bool ScreenBlock::draw(std::vector<std::string> lines) {
  const base::MutexLock lock(mutex_);
  const std::string erase = erase_sequence();
  lines_ = std::move(lines);
  return write_frame(erase + draw_sequence());
}

bool ScreenBlock::print_above(std::string_view text) {
  const base::MutexLock lock(mutex_);
  std::string body = erase_sequence();
  body += text;
  if (!text.empty() && text.back() != '\n') body += '\n';
  // The text may be longer than a line: it wraps as usual, only the block does not.
  return write_frame("\x1b[?7h" + body + "\x1b[?7l" + draw_sequence());
}

bool ScreenBlock::clear() {
  const base::MutexLock lock(mutex_);
  lines_.clear();
  if (drawn_line_columns_.empty()) return true;
  return write_frame(erase_sequence());
}

void ScreenBlock::leave() {
  const base::MutexLock lock(mutex_);
  drawn_line_columns_.clear();
}

// The cursor stands at the beginning of the line below the block. A terminal that became narrower has wrapped our lines
// since, so the block may be higher than it was drawn.
std::string ScreenBlock::erase_sequence() {
  const TerminalSize size = terminal_size(fd_);
  int rows = 0;
  for (const int columns : drawn_line_columns_)
    rows += std::max(1, (columns + size.width_columns - 1) / size.width_columns);
  drawn_line_columns_.clear();
  rows = std::min(rows, size.height_rows - 1);
  return rows > 0 ? fmt::format("\r\x1b[{}A\x1b[J", rows) : "\r\x1b[J";
}

std::string ScreenBlock::draw_sequence() {
  const TerminalSize size = terminal_size(fd_);
  const std::size_t fitting = std::min(lines_.size(), static_cast<std::size_t>(std::max(1, size.height_rows - 1)));
  std::string body;
  for (std::size_t i = 0; i < fitting; ++i) {
    (body += lines_[i]) += '\n';
    drawn_line_columns_.push_back(std::min(width_of_coloured(lines_[i]), size.width_columns));
  }
  return body;
}

bool ScreenBlock::write_frame(const std::string& body) { return write_all(fd_, kBeginFrame + body + kEndFrame); }

}  // namespace salestream::cli
