// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.ConsistencyLevel;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.spark.connector.cql.CassandraConnector;

/**
 * A query's claim to the totals table that it fills, which it shows before each batch: KEYSPACE.salestream_pipeline
 * says which generation of a pipeline counts, whether Spark fills it, and which query fills which table.
 *
 * A query keeps its id in its checkpoint. So the query that has the claim has read the topic from its beginning, or
 * goes on from a checkpoint that has; no second query writes beside it; and one whose generation is over is fenced at
 * its next batch. What it wrote until then lies below the base of the next generation, and counts for nothing.
 *
 * In the driver, on the thread of the query.
 */
final class Claim {
  private final Settings settings;
  private final CassandraConnector connector;
  private final String queryId;
  private final long batchId;

  private Claim(Settings settings, CassandraConnector connector, String queryId, long batchId) {
    this.settings = settings;
    this.connector = connector;
    this.queryId = queryId;
    this.batchId = batchId;
  }

  /** Returns if the query has the claim, which its first batch makes where nobody has; an error says why it has not. */
  static void show(Settings settings, CassandraConnector connector, String queryId, long batchId)
      throws InterruptedException {
    Claim claim = new Claim(settings, connector, queryId, batchId);
    Retry retry = new Retry(settings);
    while (true) {
      Row row;
      try {
        row = connector.jWithSessionDo(claim::readOrMake);
      } catch (Exception error) { // the connector throws what it finds, declared or not
        retry.pauseOrFail(claim.notKnown(), error);
        continue;
      }
      if (claim.isMine(row)) return;
      retry.pauseOrFail(claim.notKnown(), new IllegalStateException("it could not be made, and nobody has it"));
    }
  }

  /** The pipeline's row as it is after the claim was made, or was found to be there. */
  private Row readOrMake(CqlSession session) {
    Row row = read(session, settings.consistency());
    if (batchId != 0 || isOver(row) || holder(row) != null) return row;
    // In one step, since another query may be about to do the same. Whether it came first is what the row says after
    // that; so does it when this went through without an answer.
    session.execute(statement("UPDATE " + settings.pipelines() + " SET spark_queries[?] = ? WHERE pipeline = ? "
        + "IF generation = ? AND spark_queries[?] = null",
        settings.table, queryId, settings.pipeline, (int) settings.generation, settings.table)
        .setConsistencyLevel(settings.consistency()).setSerialConsistencyLevel(settings.serialConsistency()));
    return read(session, settings.serialConsistency());
  }

  private Row read(CqlSession session, ConsistencyLevel consistency) {
    return session.execute(statement("SELECT generation, engine, spark_queries FROM " + settings.pipelines()
        + " WHERE pipeline = ?", settings.pipeline).setConsistencyLevel(consistency)).one();
  }

  private SimpleStatement statement(String cql, Object... values) {
    return SimpleStatement.newInstance(cql, values).setTimeout(settings.requestTimeout());
  }

  private boolean isOver(Row row) {
    return row == null || row.isNull("generation") || row.getInt("generation") != settings.generation
        || !"spark".equals(row.getString("engine"));
  }

  /** The id of the query that fills the table; null: none does. */
  private String holder(Row row) {
    return row.getMap("spark_queries", String.class, String.class).get(settings.table);
  }

  /** False: nobody's, and this query may have it. */
  private boolean isMine(Row row) {
    if (isOver(row))
      throw new IllegalStateException("the totals of the pipeline " + settings.pipeline + " are counted anew elsewhere "
          + "(after `salestream reset` or `salestream run --take-over`): this query, which fills " + settings.place()
          + ", is of generation " + settings.generation + ", and " + settings.pipelines() + " " + found(row)
          + ". So it is over. To have Spark count what counts now: `salestream spark submit`");
    String holder = holder(row);
    if (queryId.equals(holder)) return true;
    if (holder != null)
      throw new IllegalStateException("another query fills " + settings.place() + ", totals of the pipeline "
          + settings.pipeline + ", from another checkpoint: " + holder + ", and this one is " + queryId + ". Submit "
          + "with that checkpoint; if it is lost, or that query is gone for good, begin anew: `salestream reset`, then "
          + "`salestream spark submit`");
    if (batchId == 0) return false;
    throw new IllegalStateException("this query's checkpoint belongs to another count than that of " + settings.place()
        + ", totals of the pipeline " + settings.pipeline + " in generation " + settings.generation + ": to one in "
        + "another keyspace, or to an earlier one. What it read for that before its batch " + batchId + " would be "
        + "missing here. Submit with another folder as --checkpoint");
  }

  private String found(Row row) {
    if (row == null || row.isNull("generation")) return "does not know that pipeline any more";
    return "has generation " + row.getInt("generation")
        + ("spark".equals(row.getString("engine")) ? "" : ", which Spark does not count");
  }

  private String notKnown() {
    return "which query fills " + settings.place() + ", totals of the pipeline " + settings.pipeline
        + ", could not be asked in " + settings.pipelines();
  }
}
