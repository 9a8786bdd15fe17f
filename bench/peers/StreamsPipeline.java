// SPDX-License-Identifier: Apache-2.0
// System A's pipeline in Kafka Streams with exactly-once processing: exact decimals, totals into a topic. Run by
// bench/compare; ends once a reader of that topic has seen all units of the orders' topic in it.

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.common.serialization.StringDeserializer;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;
import org.apache.kafka.streams.kstream.Produced;

public final class StreamsPipeline {
  record Sales(BigDecimal revenue, long units) {
    Sales plus(Sales other) {
      return new Sales(revenue.add(other.revenue), units + other.units);
    }

    byte[] bytes() {
      byte[] digits = revenue.unscaledValue().toByteArray();
      return ByteBuffer.allocate(12 + digits.length).putLong(units).putInt(revenue.scale()).put(digits).array();
    }

    static Sales of(byte[] bytes) {
      if (bytes == null) return null;
      ByteBuffer buffer = ByteBuffer.wrap(bytes);
      long units = buffer.getLong();
      int scale = buffer.getInt();
      byte[] digits = new byte[buffer.remaining()];
      buffer.get(digits);
      return new Sales(new BigDecimal(new java.math.BigInteger(digits), scale), units);
    }
  }

  private static final ObjectMapper JSON = new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  static List<KeyValue<String, Sales>> items(byte[] message) {
    List<KeyValue<String, Sales>> items = new ArrayList<>();
    try {
      for (JsonNode item : JSON.readTree(message).path("products")) {
        long quantity = item.get("quantity").longValue();
        items.add(KeyValue.pair(item.get("product_name").textValue(),
            new Sales(item.get("price").decimalValue().multiply(BigDecimal.valueOf(quantity)), quantity)));
      }
    } catch (java.io.IOException | RuntimeException error) {
      System.err.println("rejected: " + error);
      return List.of();
    }
    return items;
  }

  static String json(String product, Sales sales) {
    return JSON.createObjectNode().put("product_name", product).put("total_sales", sales.revenue().toPlainString())
        .put("units", sales.units()).toString();
  }

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], from = arguments[1], into = arguments[2];
    long allUnits = Long.parseLong(arguments[4]);
    Serde<Sales> sales = Serdes.serdeFrom((topic, value) -> value == null ? null : value.bytes(), (topic, bytes) -> Sales.of(bytes));
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(from, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .flatMap((key, message) -> items(message))
        .groupByKey(Grouped.with(Serdes.String(), sales))
        .reduce(Sales::plus, Materialized.with(Serdes.String(), sales))
        .toStream().mapValues((product, total) -> json(product, total))
        .to(into, Produced.with(Serdes.String(), Serdes.String()));

    Properties settings = new Properties();
    settings.put("application.id", into);
    settings.put("bootstrap.servers", brokers);
    settings.put("auto.offset.reset", "earliest");
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("num.stream.threads", "2");
    settings.put("state.dir", arguments[3]);
    settings.put("replication.factor", "1");
    KafkaStreams streams = new KafkaStreams(builder.build(), settings);
    streams.start();

    Properties reading = new Properties();
    reading.put("bootstrap.servers", brokers);
    reading.put("isolation.level", "read_committed");
    Map<String, Long> units = new HashMap<>();
    try (KafkaConsumer<String, String> reader = new KafkaConsumer<>(reading, new StringDeserializer(), new StringDeserializer())) {
      List<TopicPartition> partition = List.of(new TopicPartition(into, 0));
      reader.assign(partition);
      reader.seekToBeginning(partition);
      while (units.values().stream().mapToLong(Long::longValue).sum() < allUnits) {
        for (ConsumerRecord<String, String> each : reader.poll(Duration.ofMillis(100))) {
          if (units.isEmpty()) System.out.println("first result");
          units.put(each.key(), JSON.readTree(each.value().getBytes(StandardCharsets.UTF_8)).get("units").longValue());
        }
      }
    }
    streams.close();
  }
}
