// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import org.apache.spark.sql.SQLContext;
import org.apache.spark.sql.execution.streaming.Sink;
import org.apache.spark.sql.sources.StreamSinkProvider;
import org.apache.spark.sql.streaming.OutputMode;
import scala.collection.Seq;

/**
 * Spark's own Kafka sink, with the query's session kept from timing out: `format("salestream.spark.TopicTotals")` takes
 * what `format("kafka")` takes, and connect_user, connect_session, connect_keep_ms and sink_version as CassandraTotals
 * does.
 *
 * Created on the thread of the query, in the driver.
 */
public final class TopicTotals implements StreamSinkProvider {
  @Override
  public Sink createSink(SQLContext context, scala.collection.immutable.Map<String, String> options,
                         Seq<String> partitionColumns, OutputMode mode) {
    Settings.begin(context.sparkSession(), options);
    try {
      StreamSinkProvider kafka = (StreamSinkProvider) Class
          .forName("org.apache.spark.sql.kafka010.KafkaSourceProvider", true, SQLContext.class.getClassLoader())
          .getConstructor().newInstance();
      return kafka.createSink(context, options, partitionColumns, mode);
    } catch (ReflectiveOperationException error) {
      throw new IllegalStateException("this Spark has no connector for Kafka (spark-sql-kafka-0-10) on its class "
          + "path", error);
    }
  }
}
