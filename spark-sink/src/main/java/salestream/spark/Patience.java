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
 * What to do when Cassandra did not do something: wait, less and less often, and let it be tried again; or fail, if nothing
 * was done for retry_limit_s, or if it will never be. One for each thing that is to be done, in driver or executor; one thread.
 */
final class Patience {
  private static final Logger LOG = LoggerFactory.getLogger(Patience.class);
  private static final long FIRST_PAUSE_MS = 100;
  private static final long LONGEST_PAUSE_MS = 5_000;

  private final long limitS;
  private long pauseMs = FIRST_PAUSE_MS;
  private long lastDoneNs = System.nanoTime();

  Patience(Settings settings) {
    limitS = settings.retryLimitS;
  }

  /** Some of it was done, so the limit is counted from now. */
  void someWasDone() {
    lastDoneNs = System.nanoTime();
  }

  /** Returns when it is time to try again. `what` says what was not done: "3 totals could not be written to shop.sales". */
  void bear(String what, Throwable error) throws InterruptedException {
    if (error instanceof InterruptedException) throw (InterruptedException) error;
    if (isForGood(error)) throw failure(what + ": Cassandra refuses that", error);
    long idleS = TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - lastDoneNs);
    if (idleS >= limitS) throw failure(what + " for " + idleS + " s", error);
    LOG.warn("{}, trying again in {} ms: {}", what, pauseMs, error.toString());
    TaskContext task = TaskContext.get();
    if (task != null) task.killTaskIfInterrupted(); // the query was stopped
    Thread.sleep(pauseMs);
    pauseMs = Math.min(2 * pauseMs, LONGEST_PAUSE_MS);
  }

  private static boolean isForGood(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof QueryValidationException || cause instanceof AuthenticationException
          || cause instanceof CodecNotFoundException || cause instanceof IllegalArgumentException)
        return true;
      if (cause instanceof AllNodesFailedException
          && ((AllNodesFailedException) cause).getAllErrors().values().stream()
                 .anyMatch(ofNode -> ofNode.stream().anyMatch(Patience::isForGood)))
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
