// SPDX-License-Identifier: Apache-2.0
// Streaming queries into salestream's sink, in a Spark of this process: tests/e2e/test_spark_sink.py starts it, and
// hands it a line each:
//   query TAB FOLDER TAB CHECKPOINT TAB FORMAT TAB MODE TAB SQL TAB OPTION=VALUE TAB ...
//     One after the other. Reads the lines of the folder's files (view `lines`, column value) and ends once it has
//     read them. maxFilesPerTrigger is the source's option, the others the sink's. Answers a line: `done`, or what
//     failed.
//   stop               the query that runs
//   session TAB USER TAB ID   makes that session of Spark Connect, as its first client would

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.connect.service.SparkConnectService;
import org.apache.spark.sql.streaming.DataStreamWriter;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;

public final class SinkQueries {
  public static void main(String[] arguments) throws Exception {
    SparkSession spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2).config("spark.sql.session.timeZone", "UTC").getOrCreate();
    BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    ExecutorService queries = Executors.newSingleThreadExecutor();
    System.out.println("ready");
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      String[] words = line.split("\t");
      switch (words[0]) {
        case "stop":
          for (StreamingQuery query : spark.streams().active()) query.stop();
          break;
        case "session":
          SparkConnectService.getOrCreateIsolatedSession(words[1], words[2]);
          break;
        default:
          queries.submit(() -> System.out.println("answer: " + answer(spark, words)));
      }
    }
    queries.shutdown();
  }

  private static String answer(SparkSession spark, String[] query) {
    try {
      run(spark, query);
      return "done";
    } catch (Throwable error) {
      Throwable deepest = error;
      while (deepest.getCause() != null) deepest = deepest.getCause();
      return (error + " | " + deepest).replaceAll("\\s+", " ");
    }
  }

  private static void run(SparkSession spark, String[] query) throws Exception {
    String filesPerBatch = "1";
    for (int i = 6; i < query.length; ++i)
      if (query[i].startsWith("maxFilesPerTrigger=")) filesPerBatch = query[i].substring(query[i].indexOf('=') + 1);
    spark.readStream().option("maxFilesPerTrigger", filesPerBatch).text(query[1]).createOrReplaceTempView("lines");
    DataStreamWriter<Row> writer = spark.sql(query[5]).writeStream().format(query[3]).outputMode(query[4])
        .option("checkpointLocation", query[2]).trigger(Trigger.AvailableNow());
    for (int i = 6; i < query.length; ++i) {
      int equals = query[i].indexOf('=');
      writer = writer.option(query[i].substring(0, equals), query[i].substring(equals + 1));
    }
    writer.start().awaitTermination();
  }
}
