// SPDX-License-Identifier: Apache-2.0
// Totals in Cassandra's table product_sales, for the pipelines in Java beside this file. Upserts are on their way side
// by side, up to a limit; `await` returns once Cassandra has acknowledged all of them, and throws if it has refused
// one. They are absolute, so one may be repeated, and the driver's own timestamps let the last of a product win. For
// any thread.

import com.datastax.oss.driver.api.core.CqlSession;
import com.datastax.oss.driver.api.core.config.DefaultDriverOption;
import com.datastax.oss.driver.api.core.config.DriverConfigLoader;
import com.datastax.oss.driver.api.core.cql.PreparedStatement;
import java.math.BigDecimal;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;

final class CassandraTotals implements AutoCloseable {
  private static final int MAX_IN_FLIGHT = 256;
  private static final Duration TIMEOUT = Duration.ofSeconds(30);  // a busy machine's; the driver's own are 2 to 5 s

  private final Semaphore free = new Semaphore(MAX_IN_FLIGHT, true);
  private final AtomicReference<Throwable> failure = new AtomicReference<>();
  private final AtomicBoolean hasRows = new AtomicBoolean();
  private final CqlSession session;
  private final PreparedStatement upsert;

  CassandraTotals(String address, String keyspace) {
    int colon = address.lastIndexOf(':');
    int port = Integer.parseInt(address.substring(colon + 1));
    session = CqlSession.builder()
        .addContactPoint(new InetSocketAddress(address.substring(0, colon), port))
        .withKeyspace(keyspace)
        .withConfigLoader(DriverConfigLoader.programmaticBuilder()
            .withString(DefaultDriverOption.LOAD_BALANCING_POLICY_CLASS, "DcInferringLoadBalancingPolicy")
            .withString(DefaultDriverOption.REQUEST_CONSISTENCY, "LOCAL_QUORUM")
            .withBoolean(DefaultDriverOption.REQUEST_DEFAULT_IDEMPOTENCE, true)
            .withDuration(DefaultDriverOption.REQUEST_TIMEOUT, TIMEOUT)
            .withDuration(DefaultDriverOption.CONNECTION_INIT_QUERY_TIMEOUT, TIMEOUT)
            .withDuration(DefaultDriverOption.CONTROL_CONNECTION_TIMEOUT, TIMEOUT)
            .withBoolean(DefaultDriverOption.NETTY_DAEMON, true)  // the program ends with its own threads
            .build())
        .build();
    upsert = session.prepare("INSERT INTO product_sales (product_name, total_sales) VALUES (?, ?)");
  }

  /** Sends a product's total, and calls `stored` once it is in Cassandra. Waits where too many are on their way. */
  void put(String product, BigDecimal total, Runnable stored) {
    free.acquireUninterruptibly();
    session.executeAsync(upsert.bind(product, total)).whenComplete((rows, error) -> {
      if (error == null) {
        stored.run();
        if (hasRows.compareAndSet(false, true)) System.out.println("first result");
      } else {
        failure.compareAndSet(null, error);
      }
      free.release();
    });
  }

  void await() {
    free.acquireUninterruptibly(MAX_IN_FLIGHT);
    free.release(MAX_IN_FLIGHT);
    if (failure.get() != null) throw new IllegalStateException("a total is not in Cassandra", failure.get());
  }

  @Override
  public void close() {
    session.close();
  }
}
