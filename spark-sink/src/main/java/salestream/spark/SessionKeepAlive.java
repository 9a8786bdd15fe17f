// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.apache.spark.sql.SparkSession;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Keeps the Spark Connect session of a query from timing out. Spark 3.5 ends a session that was asked nothing for an
 * hour, and stops its queries with it, although a query is submitted to go on without its client; there is no setting
 * for that. So the session is asked for here, each minute, as a client's call would do, for as long as it has queries.
 *
 * In the driver, one thread a session, which ends when the session has no query left. An ask that fails is made again
 * after the next minute. Where the server is no Spark Connect server, nothing is done.
 */
final class SessionKeepAlive implements Runnable {
  private static final Logger LOG = LoggerFactory.getLogger(SessionKeepAlive.class);
  private static final Map<String, SessionKeepAlive> KEPT_SESSIONS = new ConcurrentHashMap<>();
  private static final int LOOKS_WITHOUT_QUERY = 3; // a query that is just being started is not there yet
  private static final long FAILURE_SAID_EVERY_NS = TimeUnit.MINUTES.toNanos(10);

  private final SparkSession session;
  private final String user;
  private final String id;
  private final long intervalMs;

  private boolean hasFailed = false;
  private long failureSaidNs;

  private SessionKeepAlive(SparkSession session, String user, String id, long intervalMs) {
    this.session = session;
    this.user = user;
    this.id = id;
    this.intervalMs = intervalMs;
  }

  /** By the sink's options connect_user and connect_session; without them nothing is kept. */
  static void keep(SparkSession session, String user, String id, long intervalMs) {
    if (user == null || id == null) return;
    KEPT_SESSIONS.computeIfAbsent(user + "/" + id, name -> {
      SessionKeepAlive keepAlive = new SessionKeepAlive(session, user, id, intervalMs);
      Thread thread = new Thread(keepAlive, "salestream-session-keep-alive");
      thread.setDaemon(true);
      thread.start();
      return keepAlive;
    });
  }

  @Override
  public void run() {
    try {
      Class<?> service = Class.forName("org.apache.spark.sql.connect.service.SparkConnectService$", true,
                                       SparkSession.class.getClassLoader());
      Object connect = service.getField("MODULE$").get(null);
      Method ask = service.getMethod("getIsolatedSession", String.class, String.class);
      for (int without = 0; without < LOOKS_WITHOUT_QUERY;) {
        try {
          ask.invoke(connect, user, id);
          noteAnswer();
        } catch (InvocationTargetException error) {
          noteFailure(error.getCause());
        }
        Thread.sleep(intervalMs);
        without = session.streams().active().length > 0 ? 0 : without + 1;
      }
    } catch (ReflectiveOperationException | LinkageError error) {
      LOG.warn("salestream: this is no Spark Connect server as of Spark 3.5, so the session {} of {} can't be kept "
          + "from timing out: after an hour in which no client asks for it, its queries may be stopped",
          id, user, error);
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    } finally {
      KEPT_SESSIONS.remove(user + "/" + id, this);
    }
  }

  private void noteAnswer() {
    if (hasFailed) LOG.info("salestream: the session {} of {} answers again, and is kept", id, user);
    hasFailed = false;
  }

  private void noteFailure(Throwable error) {
    if (hasFailed && System.nanoTime() - failureSaidNs < FAILURE_SAID_EVERY_NS) return;
    LOG.warn("salestream: the session {} of {} could not be asked for, which keeps it from timing out. It is asked "
        + "again each {} ms; if that fails for an hour, and no client asks, Spark may stop its queries: {}",
        id, user, intervalMs, String.valueOf(error));
    hasFailed = true;
    failureSaidNs = System.nanoTime();
  }
}
