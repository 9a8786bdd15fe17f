// SPDX-License-Identifier: Apache-2.0
#include "cli/produce/arguments.h"

#include <map>
#include <string>

#include "cli/app/cli11.h"
#include "cli/app/pipeline_arguments.h"
#include "cli/produce/produce.h"

namespace salestream::cli {
namespace {

const std::map<std::string, bool> kKeys{{"order_id", true}, {"none", false}};

}  // namespace

void add_produce_command(CLI::App& app, Action& chosen) {
  auto [command, arguments] = add_command<ProduceArguments>(
      app, chosen, "produce", "Send realistic orders to the pipeline's topic, in its own format", produce,
      "Without --count it goes on until Ctrl+C. The same --seed gives the same orders. Up to ten orders a second are\n"
      "shown on the terminal one by one. A broker that is unavailable at the start is an error, unless --wait is\n"
      "given; one that becomes unavailable later is waited for until Ctrl+C.\n\n"
      "Faults, each with its share of the messages from 0 to 1:\n"
      "  duplicate    repeats a recent message byte for byte; it counts again, in the truth too, unless `deduplicate` "
      "is set\n"
      "  malformed    can't be counted: broken JSON or UTF-8, wrong types, missing fields, impossible numbers\n"
      "  wrong_total  the order's own total is not the sum of its items\n"
      "  late         the order was made days before those around it\n\n"
      "Examples:\n"
      "  salestream produce pipelines/ecommerce_sales.yaml\n"
      "  salestream produce pipelines/ecommerce_sales.yaml --count 2000000 --rate max --seed 7\n"
      "  salestream produce pipelines/ecommerce_sales.yaml --count 100000 --rate max \\\n"
      "      --faults duplicate=0.01,malformed=0.001,wrong_total=0.01,late=0.01 --truth truth.json\n"
      "  salestream produce pipelines/vendas_ecommerce.yaml --out orders.jsonl --count 1000\n"
      "  salestream produce pipelines/ecommerce_sales.yaml --from orders.jsonl");
  add_pipeline_arguments(*command, arguments->pipeline, {.input = false, .store = false});
  command->add_option("--count", arguments->count, "Stop after so many messages (default: go on until Ctrl+C)")
      ->type_name("N")
      ->check(CLI::Range(std::int64_t{1}, std::int64_t{1'000'000'000'000}));
  command
      ->add_option("--rate", arguments->rate,
                   "Orders a second, 200 or 0.5; one in so many seconds, 1/3s; or max "
                   "(default: 1/3s into a topic, max into a file or with --from)")
      ->type_name("N|max");
  command->add_option("--seed", arguments->seed, "Which orders: any number (default: another one each time)")
      ->type_name("S");
  command
      ->add_option("--partitions-key", arguments->key_is_order_id,
                   "The message key, which decides the partition: order_id or none (default: order_id)")
      ->type_name("KEY")
      ->transform(CLI::CheckedTransformer(kKeys).description("").name(validator_name({"order_id", "none"})));
  command->add_option("--out", arguments->out, "Write JSON lines to this file, - for standard output, not to the topic")
      ->type_name("FILE|-");
  command
      ->add_option("--from", arguments->from,
                   "Send each line of this file as it is, valid or not; - for standard input")
      ->type_name("FILE|-");
  command
      ->add_option("--faults", arguments->faults, "Put faults among the orders, such as duplicate=0.01,malformed=0.001")
      ->type_name("NAME=RATE,...");
  command
      ->add_option("--truth", arguments->truth, "Write what the exact totals must be to this file, as JSON, at the end")
      ->type_name("FILE");
  command->add_flag("--truth-add", arguments->truth_add, "Add to what an earlier --truth wrote to that file");
  command
      ->add_option("--catalogue", arguments->catalogue,
                   "Products with names in english or portuguese (default: those that keep names, or english)")
      ->type_name("NAME");
  command
      ->add_option("--products", arguments->products,
                   "Sell so many products; more than the catalogue has are called Product 000001 and so on")
      ->type_name("N");
  command->add_flag("--wait", arguments->wait,
                    "While the broker is unavailable at the start, wait for it, --wait=SECONDS at most so long");
  command->add_option("--start-date", arguments->start_date, "The day of the first orders (default: 2025-01-06)")
      ->type_name("DATE");
}

}  // namespace salestream::cli
