// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import com.datastax.oss.driver.api.core.AllNodesFailedException;
import com.datastax.oss.driver.api.core.auth.AuthenticationException;
import com.datastax.oss.driver.api.core.servererrors.QueryValidationException;
import com.datastax.oss.driver.api.core.type.codec.CodecNotFoundException;
import java.util.concurrent.TimeUnit;
import org.apache.spark.TaskContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The retry policy for Cassandra: pauses that double from FIRST_PAUSE_MS to LONGEST_PAUSE_MS, and a failure once there
 * was no progress for retry_limit_s, or at once where the error is permanent. One object for each operation, in driver
 * or executor; one thread.
 */
final class Retry {
  private static final Logger LOG = LoggerFactory.getLogger(Retry.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 5_000;

  private final long limitS;
  private long pauseMs = FIRST_PAUSE_MS;
  private long lastProgressNs = System.nanoTime();

  Retry(Settings settings) {
    limitS = settings.retryLimitS;
  }

  /** Part of the operation succeeded: the limit begins again. */
  void noteProgress() {
    lastProgressNs = System.nanoTime();
  }

  /** Returns when it is time for the next attempt. `what` failed: "3 totals could not be written to shop.sales". */
  void pauseOrFail(String what, Throwable error) throws InterruptedException {
    if (error instanceof InterruptedException) throw (InterruptedException) error;
    if (isPermanent(error)) throw failure(what + ": Cassandra refuses that", error);
    long idleS = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastProgressNs);
    if (idleS >= limitS) throw failure(what + " for " + idleS + " s", error);
    LOG.warn("{}, trying again in {} ms: {}", what, pauseMs, error.toString());
    TaskContext task = TaskContext.get();
    if (task != null) task.killTaskIfInterrupted(); // the query was stopped
    Thread.sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }

  private static boolean isPermanent(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof QueryValidationException || cause instanceof AuthenticationException
          || cause instanceof CodecNotFoundException || cause instanceof IllegalArgumentException)
        return true;
      if (cause instanceof AllNodesFailedException
          && ((AllNodesFailedException) cause).getAllErrors().values().stream()
                 .anyMatch(ofNode -> ofNode.stream().anyMatch(Retry::isPermanent)))
        return true;
    }
    return false;
  }

  private static IllegalStateException failure(String what, Throwable error) {
    Throwable deepest = error;
    while (deepest.getCause() != null) deepest = deepest.getCause();
    return new IllegalStateException(what + " (" + deepest + ")", error);
  }
}
