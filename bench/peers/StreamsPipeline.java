// SPDX-License-Identifier: Apache-2.0
// System A's pipeline in Kafka Streams with exactly-once processing: exact decimals, state stores with their cache,
// totals into Cassandra: StreamsPipeline BROKERS TOPIC CASSANDRA KEYSPACE FOLDER UNITS|follow. Ends once all units of
// the orders' topic are in Cassandra; never, when it follows.

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.consumer.Consumer;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.Producer;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.Serde;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaClientSupplier;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.KeyValue;
import org.apache.kafka.streams.StreamsBuilder;
import org.apache.kafka.streams.kstream.Consumed;
import org.apache.kafka.streams.kstream.Grouped;
import org.apache.kafka.streams.kstream.Materialized;

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

  /** Clients as Kafka Streams makes them, but that offsets are committed only once Cassandra has acknowledged their
      totals. Between the flush of its caches and the commit Kafka Streams calls nothing else that is not internal. */
  private record Clients(CassandraTotals totals) implements KafkaClientSupplier {
    @Override
    public Admin getAdmin(Map<String, Object> settings) {
      return Admin.create(settings);
    }

    @Override
    public Producer<byte[], byte[]> getProducer(Map<String, Object> settings) {
      return new KafkaProducer<>(settings, new ByteArraySerializer(), new ByteArraySerializer()) {
        @Override
        public void commitTransaction() {
          totals.await();
          super.commitTransaction();
        }
      };
    }

    @Override
    public Consumer<byte[], byte[]> getConsumer(Map<String, Object> settings) {
      return new KafkaConsumer<>(settings, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    @Override
    public Consumer<byte[], byte[]> getRestoreConsumer(Map<String, Object> settings) {
      return getConsumer(settings);
    }

    @Override
    public Consumer<byte[], byte[]> getGlobalConsumer(Map<String, Object> settings) {
      return getConsumer(settings);
    }
  }

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], topic = arguments[1], cassandra = arguments[2];
    String keyspace = arguments[3], folder = arguments[4];
    long allUnits = arguments[5].equals("follow") ? Long.MAX_VALUE : Long.parseLong(arguments[5]);
    CassandraTotals totals = new CassandraTotals(cassandra, keyspace);
    Map<String, Long> units = new ConcurrentHashMap<>();
    Serde<Sales> sales = Serdes.serdeFrom(
        (name, value) -> value == null ? null : value.bytes(), (name, bytes) -> Sales.of(bytes));
    StreamsBuilder builder = new StreamsBuilder();
    builder.stream(topic, Consumed.with(Serdes.ByteArray(), Serdes.ByteArray()))
        .flatMap((key, message) -> items(message))
        .groupByKey(Grouped.with(Serdes.String(), sales))
        .reduce(Sales::plus, Materialized.with(Serdes.String(), sales))
        .toStream().foreach((product, total) -> totals.put(product, total.revenue(),
            () -> units.merge(product, total.units(), Math::max)));

    Properties settings = new Properties();
    settings.put("application.id", keyspace);
    settings.put("bootstrap.servers", brokers);
    settings.put("auto.offset.reset", "earliest");
    settings.put("processing.guarantee", "exactly_once_v2");
    settings.put("num.stream.threads", "2");
    settings.put("state.dir", folder);
    settings.put("replication.factor", "1");
    KafkaStreams streams = new KafkaStreams(builder.build(), settings, new Clients(totals));
    streams.setStateListener((now, before) -> {
      if (now == KafkaStreams.State.ERROR) Runtime.getRuntime().halt(1);
    });
    streams.start();
    while (units.values().stream().mapToLong(Long::longValue).sum() < allUnits) Thread.sleep(10);
    streams.close();
    totals.close();
  }
}
