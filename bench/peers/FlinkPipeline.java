// SPDX-License-Identifier: Apache-2.0
// System A's pipeline in Flink SQL, in a cluster of this process: exact decimals, mini-batches, a checkpoint each
// second, totals into Cassandra: FlinkPipeline BROKERS TOPIC CASSANDRA KEYSPACE FOLDER [follow]. Ends with the topic,
// as it was at the start; never, when it follows. Flink's own connector for Cassandra is for Flink 1.18 and 1.19 only,
// hence the sink below.

import java.math.BigDecimal;
import java.util.Map;
import org.apache.flink.api.connector.sink2.Sink;
import org.apache.flink.api.connector.sink2.SinkWriter;
import org.apache.flink.api.connector.sink2.WriterInitContext;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.table.api.bridge.java.StreamTableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.types.RowKind;

public final class FlinkPipeline {
  /** Upserts the totals that changed; a checkpoint is complete only once Cassandra has acknowledged those before it. */
  private record TotalsSink(String cassandra, String keyspace) implements Sink<Row> {
    @Override
    public SinkWriter<Row> createWriter(WriterInitContext context) {
      CassandraTotals totals = new CassandraTotals(cassandra, keyspace);
      return new SinkWriter<>() {
        @Override
        public void write(Row row, Context context) {
          if (row.getKind() == RowKind.UPDATE_BEFORE) return;
          totals.put((String) row.getField("product_name"), (BigDecimal) row.getField("total_sales"), () -> {});
        }

        @Override
        public void flush(boolean endOfInput) {
          totals.await();
        }

        @Override
        public void close() {
          totals.close();
        }
      };
    }
  }

  public static void main(String[] arguments) throws Exception {
    String brokers = arguments[0], topic = arguments[1], cassandra = arguments[2];
    String keyspace = arguments[3], folder = arguments[4];
    boolean follows = arguments.length > 5;
    Configuration settings = Configuration.fromMap(Map.of(
        "parallelism.default", "2",
        "execution.checkpointing.interval", "1 s",
        "execution.checkpointing.mode", "EXACTLY_ONCE",
        "execution.checkpointing.dir", "file://" + folder,
        "table.exec.mini-batch.enabled", "true",
        "table.exec.mini-batch.allow-latency", "200 ms",
        "table.exec.mini-batch.size", "50000"));
    StreamExecutionEnvironment environment = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    StreamTableEnvironment tables = StreamTableEnvironment.create(environment);
    tables.executeSql("CREATE TABLE orders ("
        + "products ARRAY<ROW<product_name STRING, quantity INT, price DECIMAL(18, 2)>>) WITH ("
        + "'connector' = 'kafka', 'topic' = '" + topic + "', 'properties.bootstrap.servers' = '" + brokers + "', "
        + "'scan.startup.mode' = 'earliest-offset', " + (follows ? "" : "'scan.bounded.mode' = 'latest-offset', ")
        + "'format' = 'json', 'json.ignore-parse-errors' = 'true')");
    var totals = tables.sqlQuery("SELECT product_name, SUM(quantity * price) AS total_sales FROM orders "
        + "CROSS JOIN UNNEST(products) AS item (product_name, quantity, price) WHERE product_name IS NOT NULL "
        + "GROUP BY product_name");
    tables.toChangelogStream(totals).sinkTo(new TotalsSink(cassandra, keyspace)).setParallelism(1);
    environment.execute("product sales");
  }
}
