// SPDX-License-Identifier: Apache-2.0
// The sections of a pipeline file, one function each: a value of the file in, a checked part of the pipeline out. Used
// by pipeline_file.cc only. Pure but for the environment.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "config/yaml_reader.h"
#include "core/definition.h"
#include "engine/limits.h"
#include "source/options.h"
#include "store/options.h"

namespace salestream::config {

base::Result<core::OrderMapping> read_order(const YamlValue& order);

// What a value is: its place, or a map of that and more. `usual_type`: of one that says nothing of its type.
// `is_named`: of `fields`, where it may.
base::Result<core::Field> read_field(const YamlValue& value, core::FieldType usual_type, bool is_named);
base::Result<std::vector<core::Field>> read_fields(const YamlValue& fields);
base::Result<core::ItemsPath> read_items(const YamlValue& items);
// Into the text that a definition has. `fields`: those of core::fields_of_where or core::fields_of_items_where.
base::Result<std::string> read_condition(const YamlValue& value, const core::Definition& definition,
                                         const std::vector<core::FieldIndex>& fields);

// `definition`, as far as it is read, decides what a table can be keyed by and can show.
base::Result<std::vector<core::TotalsTable>> read_totals(const YamlValue& totals, const core::Definition& definition);
// An expression of numbers, with the fields of a line item and its order.
base::Result<std::string> read_sign(const YamlValue& value, const core::Definition& definition);
// Whether the conditions of the definition let only one currency through.
bool names_one_currency(const core::Definition& definition);
// What is wrong with `fields` beside `order`.
base::Status check_fields(const YamlMap& top, const core::Definition& definition);
// Letters without accents, digits and '_', not beginning with a digit.
bool is_plain_name(std::string_view text);
// What pipeline files call parts of an order, windows of time and measures.
bool is_known_field_name(std::string_view name);

base::Result<source::Options> read_source(const YamlValue& source, Code code);

// Properties that it does not say are those of `source`, where that is Kafka.
base::Result<source::KafkaOptions> read_reject_topic(const YamlValue& rejects, const source::Options& source,
                                                     Code code);
base::Result<engine::RejectLimit> read_reject_limit(const YamlValue& value);

base::Result<store::Options> read_store(const YamlValue& store);
base::Result<store::Options> read_cassandra(const YamlValue& cassandra);
// What follows "cassandra:" in --store: HOST:PORT,…/KEYSPACE. All the rest is as in `of_file`, if that is Cassandra.
base::Result<store::Options> parse_cassandra_option(std::string_view text, const store::Options& of_file);

struct LimitsSection {
  engine::Limits limits;
  std::uint64_t max_message_bytes = 0;  // part of the definition: it decides what is a rejected message
};
base::Result<LimitsSection> read_limits(const YamlValue& value, LimitsSection defaults);

}  // namespace salestream::config
