// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.DefaultConsistencyLevel;
import com.datastax.spark.connector.cql.CassandraConnector;
import java.io.Serializable;
import java.time.Duration;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.SparkSession;
import scala.collection.JavaConverters;

/**
 * The sink's options. Names are as Spark hands them over, without regard to case.
 *
 *   contact_points      HOST:PORT, with commas between several; required
 *   keyspace, table     required, as they are called, without CQL's quotes
 *   generation_base_us  the write timestamp that all of this generation's lie above; required
 *   version_column      a bigint of the frame, from 0 to 2^36 - 1, that grows with the row's content: the write
 *                       timestamp is generation_base_us + 1 + its value. Not written itself; required
 *   types               the table's columns in the frame's order, without version_column, by CQL type: text, bigint,
 *                       timestamp, date, or decimal(N) with at least N fraction digits; required
 *   pipeline, generation  whose totals these are, see Claim; both or neither
 *   user, password      where the server asks for them
 *   datacenter          only nodes of this datacenter are asked
 *   consistency         QUORUM (default), LOCAL_QUORUM or ALL
 *   request_timeout_ms  10000: of one write
 *   retry_limit_s       300: how long a task tries to write while nothing can be written, before it fails
 *   connect_user, connect_session  the Spark Connect session to keep, see SessionKeepAlive; connect_keep_ms: 60000,
 *                       how often
 *   sink_version        fail if the sink is of another salestream, see SinkVersion
 *   spark.cassandra.*   handed to the connector as they are: TLS, for example
 */
final class Settings implements Serializable {
  private static final long serialVersionUID = 1;
  /** So far apart are the bases of generations at least, so that rows of one stay below all of the next. */
  static final long MAX_VERSIONS = 1L << 36;

  final String keyspace;
  final String table;
  final String[] types;
  final String versionColumn;
  final long generationBaseUs;
  final String pipeline; // null: no claim is made
  final long generation;
  final String consistency;
  final long requestTimeoutMs;
  final long retryLimitS;
  private final LinkedHashMap<String, String> connection;

  private Settings(Map<String, String> options) {
    keyspace = required(options, "keyspace");
    table = required(options, "table");
    types = Arrays.stream(required(options, "types").split(",")).map(String::trim).toArray(String[]::new);
    generationBaseUs = number(options, "generation_base_us", required(options, "generation_base_us"), 0);
    versionColumn = required(options, "version_column");
    pipeline = options.get("pipeline");
    if ((pipeline == null) != (options.get("generation") == null))
      throw new IllegalArgumentException("salestream's sink needs both of the options pipeline and generation, or "
          + "neither");
    generation = pipeline == null ? 0 : number(options, "generation", options.get("generation"), 1);
    consistency = options.getOrDefault("consistency", "QUORUM").toUpperCase(Locale.ROOT);
    if (!Arrays.asList("QUORUM", "LOCAL_QUORUM", "ALL").contains(consistency))
      throw new IllegalArgumentException("salestream's sink: consistency " + consistency + " is none of QUORUM, "
          + "LOCAL_QUORUM, ALL");
    requestTimeoutMs = number(options, "request_timeout_ms", options.getOrDefault("request_timeout_ms", "10000"), 1);
    retryLimitS = number(options, "retry_limit_s", options.getOrDefault("retry_limit_s", "300"), 0);
    connection = connection(options);
  }

  static Settings of(Map<String, String> options) {
    Map<String, String> byName = new LinkedHashMap<>();
    options.forEach((name, value) -> byName.put(name.toLowerCase(Locale.ROOT), value));
    // The connector's settings are told apart by case (trustStore), which the map that Spark hands over has kept.
    options.forEach((name, value) -> {
      if (name.toLowerCase(Locale.ROOT).startsWith("spark.cassandra.")) byName.put(name, value);
    });
    return new Settings(byName);
  }

  /** For both sinks, when a query begins; see SinkVersion and SessionKeepAlive. */
  static void begin(SparkSession session, scala.collection.immutable.Map<String, String> options) {
    Map<String, String> given = new LinkedHashMap<>();
    JavaConverters.mapAsJavaMap(options).forEach((name, value) -> given.put(name.toLowerCase(Locale.ROOT), value));
    SinkVersion.check(given);
    SessionKeepAlive.keep(session, given.get("connect_user"), given.get("connect_session"),
                       number(given, "connect_keep_ms", given.getOrDefault("connect_keep_ms", "60000"), 1));
  }

  /** Sessions are the connector's: one in each process, shared by all tasks with the same settings. */
  CassandraConnector connector(SparkConf ofServer) {
    SparkConf configuration = ofServer.clone();
    connection.forEach(configuration::set);
    return CassandraConnector.apply(configuration);
  }

  String insert(String[] columns) {
    return "INSERT INTO " + quoted(keyspace) + "." + quoted(table)
        + Arrays.stream(columns).map(Settings::quoted).collect(Collectors.joining(", ", " (", ")"))
        + Collections.nCopies(columns.length, "?").stream().collect(Collectors.joining(", ", " VALUES (", ")"))
        + " USING TIMESTAMP ?";
  }

  /** The table that says which engine and query counts what, for CQL and for people. */
  String pipelines() {
    return CqlIdentifier.fromInternal(keyspace).asCql(true) + ".salestream_pipeline";
  }

  /** The totals table, for people. */
  String place() {
    return keyspace + "." + table;
  }

  /** Of conditional writes: salestream's own, which write the same row, are as far-reaching. */
  ConsistencyLevel serialConsistency() {
    return consistency.equals("LOCAL_QUORUM") ? DefaultConsistencyLevel.LOCAL_SERIAL : DefaultConsistencyLevel.SERIAL;
  }

  ConsistencyLevel consistency() {
    return DefaultConsistencyLevel.valueOf(consistency);
  }

  Duration requestTimeout() {
    return Duration.ofMillis(requestTimeoutMs);
  }

  private static LinkedHashMap<String, String> connection(Map<String, String> options) {
    LinkedHashMap<String, String> settings = new LinkedHashMap<>();
    settings.put("spark.cassandra.connection.host", required(options, "contact_points"));
    settings.put("spark.cassandra.connection.port", "9042"); // of contact points without one
    if (options.containsKey("user")) {
      settings.put("spark.cassandra.auth.username", options.get("user"));
      settings.put("spark.cassandra.auth.password", options.getOrDefault("password", ""));
    }
    if (options.containsKey("datacenter"))
      settings.put("spark.cassandra.connection.localDC", options.get("datacenter"));
    options.forEach((name, value) -> {
      if (name.startsWith("spark.cassandra.")) settings.put(name, value);
    });
    return settings;
  }

  private static String required(Map<String, String> options, String name) {
    String value = options.getOrDefault(name, "").trim();
    if (value.isEmpty()) throw new IllegalArgumentException("salestream's sink needs the option " + name);
    return value;
  }

  private static long number(Map<String, String> options, String name, String text, long least) {
    try {
      long value = Long.parseLong(text.trim());
      if (value >= least) return value;
    } catch (NumberFormatException error) {
      // said below
    }
    throw new IllegalArgumentException("salestream's sink: " + name + " is '" + text + "', not a whole number "
        + "from " + least);
  }

  private static String quoted(String name) {
    return CqlIdentifier.fromInternal(name).asCql(false);
  }
}
