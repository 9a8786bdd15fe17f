// SPDX-License-Identifier: Apache-2.0
#include "sample/sample.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/logging.h"
#include "config/pipeline_file.h"
#include "core/reject_reason.h"
#include "decode/decoder.h"

namespace salestream::sample {
namespace {

constexpr std::size_t kMaxDetailBytes = 400;
constexpr const char* kProposed = "the proposed pipeline file";

// A pipeline of no consequence, to hear from the decoder what is wrong with messages that are no objects.
core::Definition any_definition() {
  core::Definition definition;
  definition.pipeline = "any";
  definition.order.product = core::FieldPath{{"product"}};
  definition.order.quantity = core::FieldPath{{"quantity"}};
  definition.order.items = core::FieldPath{{"items"}};
  definition.totals.push_back({.name = "any", .by = {{{core::FieldIndex::Known::kProduct}}}});
  return definition;
}

base::Error no_objects(const core::MessageBatch& batch) {
  const std::string what = fmt::format("no message of {} is a JSON object", batch.messages().size());
  decode::Decoder decoder(any_definition());
  const decode::DecodedBatch& decoded = decoder.decode(batch);
  if (decoded.rejects.empty()) return base::failure(what);
  const decode::DecodedReject& first = decoded.rejects.front();
  return base::failure(fmt::format("{}. The first: {}: {}", what, core::name_of(first.reason),
                                   base::printable(first.detail, kMaxDetailBytes)));
}

// A change of a row, as Debezium writes it, or the `payload` that is one.
const Value& event_of(const Value& document) {
  const Value* const payload = document.member("payload");
  return payload != nullptr && payload->is_object() && document.member("op") == nullptr ? *payload : document;
}

bool is_change(const Value& document) {
  const Value& event = event_of(document);
  return event.member("op") != nullptr && (event.member("after") != nullptr || event.member("before") != nullptr);
}

// What it is, or was where it is no more; nullptr: no object.
const Value* row_of(const Value& document) {
  for (const char* const name : {"after", "before"})
    if (const Value* const row = event_of(document).member(name); row != nullptr && row->is_object()) return row;
  return nullptr;
}

void count_reject(const decode::DecodedReject& reject, std::vector<NotCounted>& rejects) {
  const std::string reason(core::name_of(reject.reason));
  auto found = std::ranges::find(rejects, reason, &NotCounted::reason);
  if (found == rejects.end())
    found = rejects.insert(found, {reason, 0, base::printable(reject.detail, kMaxDetailBytes)});
  ++found->messages;
}

base::Result<SampledPipeline> try_out(std::string text, const core::MessageBatch& batch) {
  SALESTREAM_ASSIGN(const config::PipelineFile file,
                    config::parse_pipeline_file(text, kProposed, config::process_environment()));
  decode::Decoder decoder(file.definition);
  const decode::DecodedBatch& decoded = decoder.decode(batch);
  SampledPipeline out{.text = std::move(text), .messages = batch.messages().size(), .rejects = {}};
  out.left_out = decoded.left_out.size();
  out.counted = out.messages - out.left_out - decoded.rejects.size();
  for (const decode::DecodedOrder& order : decoded.orders) out.wrong_totals += order.wrong_total;
  for (const decode::DecodedReject& reject : decoded.rejects) count_reject(reject, out.rejects);
  std::ranges::stable_sort(out.rejects, std::greater<>(), &NotCounted::messages);
  return out;
}

}  // namespace

base::Result<SampledPipeline> pipeline_of(const core::MessageBatch& batch, const SampleSource& source) {
  DocumentReader reader;
  std::vector<Value> documents;
  for (const core::Message& message : batch.messages())
    if (auto value = reader.read(batch.payload_of(message)); value && value->is_object())
      documents.push_back(*std::move(value));
  if (documents.empty()) return no_objects(batch);
  const bool of_changes = std::ranges::any_of(documents, is_change);
  std::vector<const Value*> objects;
  for (const Value& document : documents)
    if (const Value* const object = of_changes ? row_of(document) : &document) objects.push_back(object);
  if (objects.empty()) return base::failure("these are changes of rows, as Debezium writes them, and none has a row");

  SALESTREAM_ASSIGN(Proposal proposal, propose(objects, reader));
  proposal.is_of_changes = of_changes;
  const std::size_t messages = batch.messages().size();
  SALESTREAM_ASSIGN(SampledPipeline first, try_out(pipeline_text(proposal, source, messages), batch));
  if (2 * first.wrong_totals <= first.counted || !proposal.total) return first;
  // Shipping, taxes or discounts are in it: it says nothing of line items.
  proposal.is_total_compared = false;
  proposal.total->comment = fmt::format("another number than the sum of the line items in {} of {} orders",
                                        first.wrong_totals, first.counted);
  return try_out(pipeline_text(proposal, source, messages), batch);
}

}  // namespace salestream::sample
