// SPDX-License-Identifier: Apache-2.0
#include "cli/terminal/text.h"

#include <fmt/format.h>
#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <cmath>

#include "base/logging.h"

namespace salestream::cli {
namespace {

// wcwidth and mbrtowc go by the thread's locale; whatever a person's is, our texts are UTF-8.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(utf8())) {}
  ~Utf8Locale() { uselocale(before_); }
  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t utf8() {
    static const locale_t made = newlocale(LC_CTYPE_MASK, "C.UTF-8", nullptr);
    return made;
  }
  const locale_t before_;
};

bool is_plain_ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c >= 0x20 && c < 0x7F; });
}

// Calls visit(code point, its bytes) for each; invalid bytes count as U+FFFD.
template <typename Visit>
void for_each_code_point(std::string_view text, Visit visit) {
  const Utf8Locale locale;
  while (!text.empty()) {
    mbstate_t state{};
    wchar_t code_point = 0;
    std::size_t length = mbrtowc(&code_point, text.data(), text.size(), &state);
    if (length == 0) length = 1;  // a null character
    if (length > text.size()) {
      length = 1;
      code_point = 0xFFFD;
    }
    visit(code_point, text.substr(0, length));
    text.remove_prefix(length);
  }
}

// Takes no place and changes nothing that is seen, but makes another name of it. Combining marks, and the selectors
// that make an emoji of a character, are seen.
bool is_invisible(wchar_t c) {
  return c == 0x00AD || c == 0x034F || c == 0x115F || c == 0x1160 || c == 0x17B4 || c == 0x17B5 || c == 0x3164 ||
         c == 0xFEFF || c == 0xFFA0 || (c >= 0x180B && c <= 0x180E) || (c >= 0x200B && c <= 0x200D) ||
         (c >= 0x2060 && c <= 0x206F) || (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0xE0000 && c <= 0xE007F);
}

}  // namespace

std::string for_terminal(std::string_view bytes) {
  if (is_plain_ascii(bytes)) return std::string(bytes);
  const std::string clean = base::printable(bytes, static_cast<std::size_t>(-1));
  std::string out;
  for_each_code_point(clean, [&](wchar_t c, std::string_view raw) {
    if (wcwidth(c) < 0 || is_invisible(c))
      out += fmt::format("\\u{{{:x}}}", static_cast<std::uint32_t>(c));
    else
      out += raw;
  });
  return out;
}

int display_width(std::string_view text) {
  if (is_plain_ascii(text)) return static_cast<int>(text.size());
  int width = 0;
  for_each_code_point(text, [&](wchar_t c, std::string_view) { width += std::max(0, wcwidth(c)); });
  return width;
}

std::string cut_to_width(std::string_view text, int width_columns) {
  if (width_columns <= 0) return {};
  if (display_width(text) <= width_columns) return std::string(text);
  std::string out;
  int width = 0;
  bool is_full = false;
  for_each_code_point(text, [&](wchar_t c, std::string_view raw) {
    width += std::max(0, wcwidth(c));
    is_full = is_full || width > width_columns - 1;
    if (!is_full) out += raw;
  });
  return out + "…";
}

std::string grouped(std::int64_t n) {
  std::string digits = fmt::format("{}", n);
  const std::size_t first = digits[0] == '-' ? 1 : 0;
  for (std::size_t at = digits.size(); at > first + 3;) digits.insert(at -= 3, 1, ',');
  return digits;
}

std::string count_of(std::int64_t n, std::string_view one, std::string_view many) {
  if (n == 1) return fmt::format("1 {}", one);
  return many.empty() ? fmt::format("{} {}s", grouped(n), one) : fmt::format("{} {}", grouped(n), many);
}

std::string rate_text(double per_second) {
  if (!std::isfinite(per_second) || per_second < 0) per_second = 0;
  if (per_second > 0 && per_second < 9.95) return fmt::format("{:.1f}/s", per_second);
  return grouped(std::llround(std::min(per_second, 1e15))) + "/s";
}

std::string duration_text(double seconds) {
  if (!std::isfinite(seconds) || seconds < 0) seconds = 0;
  if (seconds < 59.95) return fmt::format("{:.1f} s", seconds);
  const auto whole = std::llround(std::min(seconds, 1e15));
  if (whole < 3600) return fmt::format("{}:{:02} min", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02} h", grouped(whole / 3600), whole / 60 % 60, whole % 60);
}

std::string percent_text(double fraction) {
  const int percent = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * 100);
  return fmt::format("{} %", percent);
}

}  // namespace salestream::cli
