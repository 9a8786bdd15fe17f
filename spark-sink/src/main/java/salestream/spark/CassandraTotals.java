// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.spark.connector.cql.CassandraConnector;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.execution.streaming.Sink;
import org.apache.spark.sql.sources.StreamSinkProvider;
import org.apache.spark.sql.streaming.OutputMode;
import org.apache.spark.sql.types.StructType;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * A sink for a streaming query's totals: `format("salestream.spark.CassandraTotals")` in update mode writes each batch's
 * changed rows into one table of Cassandra. The connector's own sink refuses that mode, and in complete mode it empties the
 * table before each batch.
 *
 * A row is written whole, with the write timestamp generation_base_us + 1 + the batch's number. A batch that is replayed
 * after a crash therefore writes what it wrote before, and what an earlier generation left underway can't win against it.
 * That rests on the checkpoint: without it batches are numbered from 0 again, below what is in the table, so a query that
 * begins without one needs a new generation.
 *
 * Settings lists the options. Created and called on the thread of the query, in the driver.
 */
public final class CassandraTotals implements StreamSinkProvider {
  @Override
  public Sink createSink(SQLContext context, scala.collection.immutable.Map<String, String> options,
                         Seq<String> partitionColumns, OutputMode mode) {
    if (!mode.equals(OutputMode.Update()))
      throw new IllegalArgumentException("salestream's sink writes the rows that a batch changed: use output mode update, not "
          + mode.toString().toLowerCase(java.util.Locale.ROOT));
    if (!partitionColumns.isEmpty())
      throw new IllegalArgumentException("salestream's sink takes no partitionBy: the table in Cassandra has its own key");
    Settings.keepSession(context.sparkSession(), options);
    return new TotalsSink(Settings.of(JavaConverters.mapAsJavaMap(options)));
  }

  private static final class TotalsSink implements Sink {
    private final Settings settings;

    TotalsSink(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void addBatch(long batchId, Dataset<Row> batch) {
      StructType schema = batch.schema();
      Columns columns = Columns.of(settings.types, schema);
      String cql = settings.insert(schema.fieldNames());
      CassandraConnector connector = settings.connector(batch.sparkSession().sparkContext().getConf());
      long timestampUs = settings.generationBaseUs + 1 + batchId;
      if (batchId == 0) {
        connector.jWithSessionDo(session -> {
          LaterRows.check(session, settings, timestampUs);
          return null;
        });
      }
      TotalsWriter writer = new TotalsWriter(settings, connector, cql, columns, timestampUs);
      // The plan as it was made for this batch. The frame's own actions would plan it anew, without the query's state.
      batch.queryExecution().toRdd().toJavaRDD().foreachPartition(writer);
    }

    /** What the query's progress calls the sink. */
    @Override
    public String toString() {
      return "CassandraTotals[" + settings.keyspace + "." + settings.table + "]";
    }
  }
}
