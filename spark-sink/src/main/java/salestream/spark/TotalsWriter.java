// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.AsyncResultSet;
import com.datastax.oss.driver.api.core.cql.BoundStatement;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import com.datastax.spark.connector.cql.CassandraConnector;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.apache.spark.api.java.function.VoidFunction;
import org.apache.spark.sql.catalyst.InternalRow;

/**
 * Writes one partition of a batch, on an executor: a task of its own. It returns once every row is acknowledged as the
 * consistency says. Rows that the cluster can't take now are retried as Retry allows; those that it does not take after
 * that fail the task, and so the batch and the query: the checkpoint then still has the batch before it.
 */
final class TotalsWriter implements VoidFunction<Iterator<InternalRow>> {
  private static final long serialVersionUID = 1;
  private static final int MAX_ROWS_UNDERWAY = 256;

  private final Settings settings;
  private final CassandraConnector connector;
  private final Columns columns;

  TotalsWriter(Settings settings, CassandraConnector connector, Columns columns) {
    this.settings = settings;
    this.connector = connector;
    this.columns = columns;
  }

  @Override
  public void call(Iterator<InternalRow> rows) throws Exception {
    String cql = settings.insert(columns.names());
    while (rows.hasNext()) {
      List<Object[]> some = new ArrayList<>();
      while (rows.hasNext() && some.size() < MAX_ROWS_UNDERWAY) some.add(values(rows.next()));
      write(cql, some);
    }
  }

  private Object[] values(InternalRow row) {
    Object[] values = new Object[columns.size() + 1];
    for (int i = 0; i < columns.size(); ++i) values[i] = columns.value(row, i);
    values[columns.size()] = settings.generationBaseUs + 1 + columns.version(row);
    return values;
  }

  private void write(String cql, List<Object[]> rows) throws Exception {
    List<Object[]> left = rows;
    Retry retry = new Retry(settings);
    while (true) {
      List<Object[]> before = left;
      Attempt attempt;
      try {
        attempt = connector.jWithSessionDo(session -> attempt(session, cql, before));
      } catch (Exception error) { // no session: the connector throws what it finds, declared or not
        attempt = new Attempt(before, error);
      }
      left = attempt.left;
      if (left.isEmpty()) return;
      if (left.size() < before.size()) retry.noteProgress();
      retry.pauseOrFail(left.size() + " totals could not be written to " + settings.place(), attempt.error);
    }
  }

  /** Writes rows side by side; says which were not, and why the last of them was not. */
  private Attempt attempt(CqlSession session, String cql, List<Object[]> rows) {
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

  private static final class Attempt {
    final List<Object[]> left;
    Throwable error;

    Attempt(List<Object[]> left, Throwable error) {
      this.left = left;
      this.error = error;
    }
  }
}
