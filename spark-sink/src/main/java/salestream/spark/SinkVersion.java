// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import java.util.Map;

/**
 * Which salestream this sink is of, as its jar says. A session keeps the first jar in which it found a class, so that
 * the sink may be older than the salestream that has just sent its own jar.
 */
final class SinkVersion {
  private SinkVersion() {
  }

  /** Names of options are in lower case. Without the option sink_version any will do. */
  static void check(Map<String, String> options) {
    String wanted = options.get("sink_version");
    String own = SinkVersion.class.getPackage().getImplementationVersion();
    if (wanted == null || wanted.equals(own)) return;
    throw new IllegalStateException("this server's session still has the sink of salestream "
        + (own == null ? "(unknown)" : own) + ", and the query is from salestream " + wanted + ": a session keeps the "
        + "first it was given. End its queries with `salestream spark stop`, and submit with another session "
        + "(;session_id=UUID in --remote), or restart the server");
  }
}
