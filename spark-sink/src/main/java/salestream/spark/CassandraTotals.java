// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.spark.connector.cql.CassandraConnector;
import java.io.InterruptedIOException;
import java.io.UncheckedIOException;
import org.apache.spark.SparkContext;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.execution.streaming.Sink;
import org.apache.spark.sql.execution.streaming.StreamExecution;
import org.apache.spark.sql.sources.StreamSinkProvider;
import org.apache.spark.sql.streaming.OutputMode;
import scala.collection.JavaConverters;
import scala.collection.Seq;

/**
 * A sink for a streaming query's totals: `format("salestream.spark.CassandraTotals")` in update mode writes each
 * batch's changed rows into one table of Cassandra. The connector's own sink refuses that mode, and in complete mode it
 * empties the table before each batch.
 *
 * A row is written whole, with the write timestamp generation_base_us + 1 + its version: a number that the query gives
 * with each row, and that grows with what the row is a sum of, whatever batches it came in. The row of more content
 * wins, whichever query writes it and when; a batch that is replayed, or a count that starts over, can only write what
 * is there or is to come. A write of an earlier generation that is still on its way can't win either.
 *
 * Rows alone don't show that a query has never read a part of the topic, or is over: Claim does.
 *
 * Settings lists the options. Created and called on the thread of the query, in the driver.
 */
public final class CassandraTotals implements StreamSinkProvider {
  @Override
  public Sink createSink(SQLContext context, scala.collection.immutable.Map<String, String> options,
                         Seq<String> partitionColumns, OutputMode mode) {
    if (!mode.equals(OutputMode.Update()))
      throw new IllegalArgumentException("salestream's sink writes the rows that a batch changed: use output mode "
          + "update, not " + mode.toString().toLowerCase(java.util.Locale.ROOT));
    if (!partitionColumns.isEmpty())
      throw new IllegalArgumentException("salestream's sink takes no partitionBy: the table in Cassandra has its "
          + "own key");
    Settings.begin(context.sparkSession(), options);
    return new TotalsSink(Settings.of(JavaConverters.mapAsJavaMap(options)));
  }

  private static final class TotalsSink implements Sink {
    private final Settings settings;

    TotalsSink(Settings settings) {
      this.settings = settings;
    }

    @Override
    public void addBatch(long batchId, Dataset<Row> batch) {
      SparkContext spark = batch.sparkSession().sparkContext();
      Columns columns = Columns.of(settings, batch.schema());
      CassandraConnector connector = settings.connector(spark.getConf());
      if (settings.pipeline != null)
        showClaim(connector, spark.getLocalProperty(StreamExecution.QUERY_ID_KEY()), batchId);
      TotalsWriter writer = new TotalsWriter(settings, connector, columns);
      // The plan as it was made for this batch. The frame's own actions would plan it again, without the query's state.
      batch.queryExecution().toRdd().toJavaRDD().foreachPartition(writer);
    }

    private void showClaim(CassandraConnector connector, String queryId, long batchId) {
      try {
        Claim.show(settings, connector, queryId, batchId);
      } catch (InterruptedException error) { // the query was stopped, and Spark knows that by such an exception, too
        Thread.currentThread().interrupt();
        throw new UncheckedIOException(new InterruptedIOException("stopped"));
      }
    }

    /** What the query's progress calls the sink. */
    @Override
    public String toString() {
      return "CassandraTotals[" + settings.place() + "]";
    }
  }
}
