// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.CqlIdentifier;
import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.cql.Row;
import com.datastax.oss.driver.api.core.cql.SimpleStatement;
import com.datastax.oss.driver.api.core.metadata.schema.ColumnMetadata;
import com.datastax.oss.driver.api.core.metadata.schema.TableMetadata;
import java.util.Optional;

/**
 * Looks, before a query's first batch, for rows with greater write timestamps than that batch's. They would win against all
 * that is counted from now on until batches have caught up with them, and totals would be wrong without a word: so a lost or
 * other checkpoint is an error. In the driver; reads the table once.
 */
final class LaterRows {
  private LaterRows() {
  }

  static void check(CqlSession session, Settings settings, long timestampUs) {
    Optional<TableMetadata> table = session.getMetadata().getKeyspace(CqlIdentifier.fromInternal(settings.keyspace))
        .flatMap(keyspace -> keyspace.getTable(CqlIdentifier.fromInternal(settings.table)));
    if (!table.isPresent()) return; // the write that follows says so
    for (ColumnMetadata column : table.get().getColumns().values()) {
      if (table.get().getPrimaryKey().contains(column)) continue;
      SimpleStatement select = SimpleStatement.newInstance("SELECT WRITETIME(" + column.getName().asCql(false) + ") FROM "
          + table.get().getKeyspace().asCql(false) + "." + table.get().getName().asCql(false));
      for (Row row : session.execute(select.setConsistencyLevel(settings.consistency()).setTimeout(settings.requestTimeout()))) {
        if (row.isNull(0) || row.getLong(0) <= timestampUs) continue;
        throw new IllegalStateException("rows of " + settings.keyspace + "." + settings.table + " were written by later batches than "
            + "this first one, or by another program: the checkpoint of the query that wrote them is lost, or was not this "
            + "one. Submit with that checkpoint, or begin anew: salestream reset, then submit");
      }
      return;
    }
  }
}
