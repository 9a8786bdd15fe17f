// SPDX-License-Identifier: Apache-2.0
// Streaming queries into salestream's sink, in a Spark of this process: tests/e2e/test_spark_sink.py starts it, and hands it
// one query a line, as FOLDER TAB CHECKPOINT TAB MODE TAB SQL TAB OPTION=VALUE TAB ... The query reads the lines of the
// folder's files (view `lines`, column value) and ends once it has read them. Answers a line: `done`, or what failed.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.Trigger;

public final class SinkQueries {
  public static void main(String[] arguments) throws Exception {
    SparkSession spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2).config("spark.sql.session.timeZone", "UTC").getOrCreate();
    BufferedReader queries = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = queries.readLine(); line != null; line = queries.readLine()) {
      String answer = "done";
      try {
        run(spark, line.split("\t"));
      } catch (Exception error) {
        Throwable deepest = error;
        while (deepest.getCause() != null) deepest = deepest.getCause();
        answer = (error + " | " + deepest).replaceAll("\\s+", " ");
      }
      System.out.println("answer: " + answer);
    }
  }

  private static void run(SparkSession spark, String[] query) throws Exception {
    spark.readStream().option("maxFilesPerTrigger", 1).text(query[0]).createOrReplaceTempView("lines");
    DataStreamWriter<Row> writer = spark.sql(query[3]).writeStream().format("salestream.spark.CassandraTotals")
        .outputMode(query[2]).option("checkpointLocation", query[1]).trigger(Trigger.AvailableNow());
    for (int i = 4; i < query.length; ++i)
      writer = writer.option(query[i].substring(0, query[i].indexOf('=')), query[i].substring(query[i].indexOf('=') + 1));
    writer.start().awaitTermination();
  }
}
