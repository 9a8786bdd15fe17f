// SPDX-License-Identifier: Apache-2.0
// A Spark user's notebook, for tests/e2e/test_spark_referee.py: takes what `salestream explain --only spark` prints as
// it is, reads the topic with the options in its comments, and runs each statement. A line on standard input asks:
// FILE TAB stream|batch TAB FOLDER. Writes what statement N gives to FOLDER/N, a JSON object a row, and answers `done`,
// or what failed.

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.streaming.Trigger;

public final class PastedSql {
  private static final String OPTION = "--   ";
  private static int queries = 0;

  public static void main(String[] arguments) throws Exception {
    SparkSession spark = SparkSession.builder().master("local[2]").config("spark.ui.enabled", false)
        .config("spark.sql.shuffle.partitions", 2).getOrCreate();
    BufferedReader asked = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    System.out.println("ready");
    for (String line = asked.readLine(); line != null; line = asked.readLine()) {
      String answer = "done";
      try {
        String[] words = line.split("\t");
        paste(spark, Files.readString(Path.of(words[0])), words[1].equals("stream"), Path.of(words[2]));
      } catch (Exception error) {
        answer = error.toString().replaceAll("\\s+", " ");
      }
      System.out.println("answer: " + answer);
    }
  }

  private static void paste(SparkSession spark, String text, boolean isStream, Path folder) throws Exception {
    Map<String, String> options = new HashMap<>();
    for (String line : text.split("\n"))
      if (line.startsWith(OPTION))
        options.put(line.substring(OPTION.length(), line.indexOf(" = ")), line.substring(line.indexOf(" = ") + 3));
    Dataset<Row> messages = isStream ? spark.readStream().format("kafka").options(options).load()
                                     : spark.read().format("kafka").options(options).load();
    messages.createOrReplaceTempView("salestream_messages");
    int number = 0;
    for (String statement : text.split(";\n")) {
      Dataset<Row> result = spark.sql(statement);
      if (statement.lines().anyMatch(line -> line.startsWith("SET "))) continue;
      if (isStream) {
        String name = "result_" + ++queries;
        result.writeStream().format("memory").queryName(name).outputMode("complete").trigger(Trigger.AvailableNow())
            .start().awaitTermination();
        result = spark.table(name);
      }
      List<String> rows = result.toJSON().collectAsList();
      Files.write(folder.resolve(Integer.toString(number++)), rows, StandardCharsets.UTF_8);
    }
  }
}
