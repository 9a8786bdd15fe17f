// SPDX-License-Identifier: Apache-2.0
// System A's pipeline in Flink SQL, in a cluster of this process: exact decimals, mini-batches, a checkpoint each second, totals
// into a topic. Run by bench/compare; ends with the topic, as it was at the start.

import java.util.Map;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

public final class FlinkPipeline {
  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], from = arguments[1], into = arguments[2], folder = arguments[3];
    Configuration settings = Configuration.fromMap(Map.of(
        "parallelism.default", "2",
        "execution.checkpointing.interval", "1 s",
        "execution.checkpointing.mode", "EXACTLY_ONCE",
        "execution.checkpointing.dir", "file://" + folder,
        "table.exec.mini-batch.enabled", "true",
        "table.exec.mini-batch.allow-latency", "200 ms",
        "table.exec.mini-batch.size", "50000"));
    TableEnvironment tables = TableEnvironment.create(
        EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
    tables.executeSql("CREATE TABLE orders (products ARRAY<ROW<product_name STRING, quantity INT, price DECIMAL(18, 2)>>) WITH ("
        + "'connector' = 'kafka', 'topic' = '" + from + "', 'properties.bootstrap.servers' = '" + brokers + "', "
        + "'scan.startup.mode' = 'earliest-offset', 'scan.bounded.mode' = 'latest-offset', "
        + "'format' = 'json', 'json.ignore-parse-errors' = 'true')");
    tables.executeSql("CREATE TABLE totals (product_name STRING, total_sales STRING, PRIMARY KEY (product_name) NOT ENFORCED) WITH ("
        + "'connector' = 'upsert-kafka', 'topic' = '" + into + "', 'properties.bootstrap.servers' = '" + brokers + "', "
        + "'sink.parallelism' = '1', 'key.format' = 'json', 'value.format' = 'json')");
    Thread first = new Thread(() -> FirstResult.watch(brokers, into));
    first.setDaemon(true);
    first.start();
    tables.executeSql("INSERT INTO totals SELECT product_name, CAST(SUM(quantity * price) AS STRING) FROM orders "
        + "CROSS JOIN UNNEST(products) AS item (product_name, quantity, price) WHERE product_name IS NOT NULL "
        + "GROUP BY product_name").await();
  }

  /** Says when the topic has its first message. */
  private static final class FirstResult {
    static void watch(String brokers, String topic) {
      java.util.Properties reading = new java.util.Properties();
      reading.put("bootstrap.servers", brokers);
      var text = new org.apache.kafka.common.serialization.StringDeserializer();
      try (var reader = new org.apache.kafka.clients.consumer.KafkaConsumer<>(reading, text, text)) {
        var partition = java.util.List.of(new org.apache.kafka.common.TopicPartition(topic, 0));
        reader.assign(partition);
        reader.seekToBeginning(partition);
        while (reader.poll(java.time.Duration.ofMillis(50)).isEmpty()) continue;
        System.out.println("first result");
      }
    }
  }
}
