// SPDX-License-Identifier: Apache-2.0
#include "store/identity_check.h"

#include "base/logging.h"

namespace salestream::store {
namespace {

constexpr std::size_t kMaxShownBytes = 1000;

std::string shown_line(const std::string& text) {
  return text.empty() ? "(no such line)" : base::printable(text, kMaxShownBytes);
}

}  // namespace

base::Status IdentityCheck::format(std::int64_t stored) const {
  if (stored <= known_format_) return {};
  return failure("was written by a newer salestream (format " + std::to_string(stored) + ", this one knows " +
                 std::to_string(known_format_) + "). Nothing was changed: use the newer program, or " +
                 words_.other_place);
}

base::Status IdentityCheck::pipeline(std::string_view stored, const std::string& what) const {
  const std::string& ours = identity_.definition.pipeline;
  if (stored == ours) return {};
  return failure(what + (what.empty() ? "" : " ") + "holds the totals of the pipeline " +
                 base::printable(stored, kMaxShownBytes) + ", and this is the pipeline " +
                 base::printable(ours, kMaxShownBytes) + ". Nothing was changed: " + words_.other_place +
                 (what.empty() ? "" : " or another name for the table"));
}

base::Status IdentityCheck::definition(const std::string& stored) const {
  const auto difference = core::first_difference(stored, identity_.definition.canonical_text());
  if (!difference) return {};
  return counted_otherwise("with another pipeline file", difference->first, difference->second);
}

base::Status IdentityCheck::source(const std::string& stored) const {
  if (stored == identity_.source) return {};
  return counted_otherwise("from another source", stored, identity_.source);
}

base::Status IdentityCheck::engine(Engine stored, Engine wanted) const {
  if (stored == wanted) return {};
  if (stored == Engine::kSpark)
    return failure(
        "Spark fills the totals of this pipeline (`salestream spark submit`), and two engines would write over each "
        "other. Nothing was changed: `salestream spark status PIPELINE --remote …` shows what Spark does. To count "
        "with this program instead, end that with `salestream spark stop`, and start `salestream run PIPELINE "
        "--take-over`, which counts anew from the beginning of the source");
  return failure(
      "`salestream run` fills the totals of this pipeline, and two engines would write over each other. Nothing was "
      "changed: to have Spark count it instead, stop the run, and submit with --take-over, which counts anew from the "
      "beginning of the topic");
}

base::Error IdentityCheck::nothing_there(const std::string& what) const {
  return failure(what + ": start `salestream run PIPELINE` or `salestream init PIPELINE` first");
}

base::Error IdentityCheck::unreadable() const {
  return failure(
      "its table salestream_pipeline is not as salestream made it, so whose totals these are is not known. Nothing was "
      "changed: put a good copy back, or " +
      words_.other_place);
}

base::Error IdentityCheck::table_gone(std::string_view table) const {
  return failure("its table " + base::printable(table, kMaxShownBytes) + " is gone. " + remedy());
}

std::string IdentityCheck::remedy() const {
  return checked_for_ == CheckedFor::kReading ? "Put a good copy back"
                                              : "Put a good copy back, or start over with `salestream reset PIPELINE`";
}

base::Error IdentityCheck::counted_otherwise(const std::string& how, const std::string& was,
                                             const std::string& is) const {
  return failure("its totals were counted " + how + ".\n  it was: " + shown_line(was) +
                 "\n  it is:  " + shown_line(is) + "\nNothing was changed. " +
                 (checked_for_ == CheckedFor::kReading
                      ? "This needs the pipeline file and the source as they were; `salestream totals`, `status` and "
                        "`rejects list` show what is stored all the same"
                      : "Totals of two kinds are never mixed: run with what it was, or start over with "
                        "`salestream reset PIPELINE`, or " +
                            words_.other_place));
}

std::string IdentityCheck::difference(std::string_view pipeline, const std::string& definition,
                                      const std::string& source) const {
  std::string differences;
  const auto add = [&](const std::string& what, const std::string& was, const std::string& is) {
    differences += (differences.empty() ? "" : ", and ") + what + " (it was " + shown_line(was) + ", it is " +
                   shown_line(is) + ")";
  };
  if (pipeline != identity_.definition.pipeline)
    add("for another pipeline", std::string(pipeline), identity_.definition.pipeline);
  else if (const auto first = core::first_difference(definition, identity_.definition.canonical_text()))
    add("with another pipeline file", first->first, first->second);
  if (source != identity_.source) add("from another source", source, identity_.source);
  if (differences.empty()) return {};
  return words_.name + ": shown as stored: counted " + differences;
}

base::Error IdentityCheck::unknown_definition() const {
  return failure(
      "was counted with a definition that this salestream does not know. Nothing was changed: use the "
      "program that counted it");
}

}  // namespace salestream::store
