// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.type.codec.CodecNotFoundException;
import com.datastax.spark.connector.cql.CassandraConnector;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.sql.catalyst.InternalRow;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Writes one partition of a batch, on an executor: a task of its own. It returns once every row is acknowledged as the
 * consistency says. What the cluster can't take now is tried again, less and less often; what it will never take, or not
 * within the limit, fails the task, and so the batch and the query: the checkpoint then still has the batch before it.
 */
final class TotalsWriter implements VoidFunction<Iterator<InternalRow>> {
  private static final long serialVersionUID = 1;
  private static final Logger LOG = LoggerFactory.getLogger(TotalsWriter.class);
  private static final int MAX_ROWS_UNDERWAY = 256;
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 5_000;

  private final Settings settings;
  private final CassandraConnector connector;
  private final String cql;
  private final Columns columns;
  private final long timestampUs;

  TotalsWriter(Settings settings, CassandraConnector connector, String cql, Columns columns, long timestampUs) {
    this.settings = settings;
    this.connector = connector;
    this.cql = cql;
    this.columns = columns;
    this.timestampUs = timestampUs;
  }

  @Override
  public void call(Iterator<InternalRow> rows) throws Exception {
    while (rows.hasNext()) {
      List<Object[]> some = new ArrayList<>();
      while (rows.hasNext() && some.size() < MAX_ROWS_UNDERWAY) some.add(values(rows.next()));
      write(some);
    }
  }

  private Object[] values(InternalRow row) {
    Object[] values = new Object[columns.size() + 1];
    for (int i = 0; i < columns.size(); ++i) values[i] = columns.value(row, i);
    values[columns.size()] = timestampUs;
    return values;
  }

  private void write(List<Object[]> rows) throws Exception {
    List<Object[]> left = rows;
    long pauseMs = FIRST_PAUSE_MS;
    long lastWrittenNs = System.nanoTime();
    while (true) {
      List<Object[]> before = left;
      Attempt attempt;
      try {
        attempt = connector.jWithSessionDo(session -> attempt(session, before));
      } catch (Exception error) { // no session: the connector throws what it finds, declared or not
        attempt = new Attempt(before, error);
      }
      left = attempt.left;
      if (left.isEmpty()) return;
      if (isForGood(attempt.error)) throw failure(attempt, "refuses them");
      if (left.size() < before.size()) lastWrittenNs = System.nanoTime();
      long idleS = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastWrittenNs);
      if (idleS >= settings.retryLimitS) throw failure(attempt, "took none for " + idleS + " s");
      LOG.warn("{} rows of {}.{} could not be written, trying again in {} ms: {}", left.size(), settings.keyspace, settings.table,
          pauseMs, attempt.error.toString());
      TaskContext task = TaskContext.get();
      if (task != null) task.killTaskIfInterrupted(); // the query was stopped
      Thread.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
    }
  }

  /** Writes rows side by side; says which were not, and why the last of them was not. */
  private Attempt attempt(CqlSession session, List<Object[]> rows) {
    PreparedStatement statement = session.prepare(cql); // the driver keeps it
    List<CompletableFuture<AsyncResultSet>> underway = new ArrayList<>();
    for (Object[] row : rows) {
      BoundStatement bound = statement.bind(row)
          .setConsistencyLevel(settings.consistency()).setIdempotent(true).setTimeout(settings.requestTimeout());
      underway.add(session.executeAsync(bound).toCompletableFuture());
    }
    Attempt attempt = new Attempt(new ArrayList<>(), null);
    for (int i = 0; i < rows.size(); ++i) {
      try {
        underway.get(i).get();
      } catch (ExecutionException error) {
        attempt.left.add(rows.get(i));
        attempt.error = error.getCause();
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt(); // the pause that follows ends at once
        attempt.left.add(rows.get(i));
        attempt.error = error;
      }
    }
    return attempt;
  }

  private static boolean isForGood(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof QueryValidationException || cause instanceof AuthenticationException
          || cause instanceof CodecNotFoundException || cause instanceof IllegalArgumentException)
        return true;
      if (cause instanceof AllNodesFailedException
          && ((AllNodesFailedException) cause).getAllErrors().values().stream()
                 .anyMatch(ofNode -> ofNode.stream().anyMatch(TotalsWriter::isForGood)))
        return true;
    }
    return false;
  }

  private IllegalStateException failure(Attempt attempt, String what) {
    Throwable deepest = attempt.error;
    while (deepest.getCause() != null) deepest = deepest.getCause();
    return new IllegalStateException(attempt.left.size() + " totals could not be written to " + settings.keyspace + "."
        + settings.table + ": Cassandra " + what + " (" + deepest + ")", attempt.error);
  }

  private static final class Attempt {
    final List<Object[]> left;
    Throwable error;

    Attempt(List<Object[]> left, Throwable error) {
      this.left = left;
      this.error = error;
    }
  }
}
