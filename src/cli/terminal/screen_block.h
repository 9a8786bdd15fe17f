// SPDX-License-Identifier: Apache-2.0
// A block of lines at the lower end of a terminal that is drawn over in place, with other text appearing above it. Each
// frame is one write, shown at once by terminals that can (synchronized update), and leaves the terminal in its usual
// state: the cursor is hidden only within a frame and no mode is ever changed, so that no way of dying, SIGKILL
// included, leaves a broken terminal behind. Thread-safe.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/mutex.h"

namespace salestream::cli {

struct TerminalSize {
  int width_columns = 80;
  int height_rows = 24;
};

// The terminal's own answer, or COLUMNS and LINES, or 80 × 24.
TerminalSize terminal_size(int fd);

// A terminal that understands cursor movement (TERM is neither empty nor "dumb").
bool is_live_terminal(int fd);

// On a terminal, unless the environment has NO_COLOR (https://no-color.org).
bool wants_color(int fd);

// Writes everything, however often it takes. False: nobody can read it any more, errno says why.
bool write_all(int fd, std::string_view bytes);

class ScreenBlock {
 public:
  explicit ScreenBlock(int fd) : fd_(fd) {}

  // Draws these lines in place of those before. Lines are cut at the terminal's width by the terminal, the last ones
  // are left out when there are more than fit. False when the terminal is gone.
  bool draw(std::vector<std::string> lines);

  // Writes `text`, whole lines, above the block.
  bool print_above(std::string_view text);

  // Takes the block away.
  bool clear();

  // The block stays on the screen as it is, and the next one begins below it: after a stop with Ctrl+Z.
  void leave();

 private:
  std::string erase_sequence() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  std::string draw_sequence() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool write_frame(const std::string& body);

  const int fd_;
  base::Mutex mutex_;
  std::vector<std::string> lines_ ABSL_GUARDED_BY(mutex_);       // what the block shows
  std::vector<int> drawn_line_columns_ ABSL_GUARDED_BY(mutex_);  // width of each line that is on the screen now
};

}  // namespace salestream::cli
