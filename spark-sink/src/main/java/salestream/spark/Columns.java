// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructType;

/**
 * A frame's rows as the values of Cassandra's columns, and each row's version beside them. Exact: decimals stay digits,
 * and have the form that salestream itself writes, with at least so many fraction digits and none beyond those that is
 * zero. Immutable.
 */
final class Columns implements Serializable {
  private static final long serialVersionUID = 1;
  private static final Pattern DECIMAL = Pattern.compile("decimal\\((\\d)\\)");
  private static final long US_PER_SECOND = 1_000_000;

  private enum Kind { TEXT, BIGINT, INTEGRAL_DECIMAL, DECIMAL, TIMESTAMP, DATE }

  private final int versionAt; // in the frame; the others are the table's columns in their order
  private final String versionName;
  private final String[] names;
  private final Kind[] kinds;
  private final int[] leastFractionDigits;
  private final int[] precisions;
  private final int[] scales;

  private Columns(int size, int versionAt, String versionName) {
    this.versionAt = versionAt;
    this.versionName = versionName;
    names = new String[size];
    kinds = new Kind[size];
    leastFractionDigits = new int[size];
    precisions = new int[size];
    scales = new int[size];
  }

  static Columns of(Settings settings, StructType schema) {
    String[] all = schema.fieldNames();
    int versionAt = Arrays.asList(all).indexOf(settings.versionColumn);
    if (versionAt < 0 || !schema.fields()[versionAt].dataType().equals(DataTypes.LongType))
      throw new IllegalArgumentException("salestream's sink: option version_column is '" + settings.versionColumn
          + "', and the query has no bigint of that name: " + schema.simpleString());
    if (settings.types.length != all.length - 1)
      throw new IllegalArgumentException("salestream's sink: option types names " + settings.types.length
          + " columns, and the query has " + (all.length - 1) + " beside version_column: " + String.join(", ", all));
    Columns columns = new Columns(all.length - 1, versionAt, settings.versionColumn);
    for (int i = 0; i < columns.size(); ++i)
      columns.add(i, all[columns.at(i)], settings.types[i], schema.fields()[columns.at(i)].dataType());
    return columns;
  }

  int size() {
    return kinds.length;
  }

  String[] names() {
    return names;
  }

  /** What grows with the row's content. */
  long version(InternalRow row) {
    checkNotNull(row, versionAt, versionName);
    long version = row.getLong(versionAt);
    if (version < 0 || version >= Settings.MAX_VERSIONS)
      throw new IllegalArgumentException("salestream's sink: column " + versionName + " of a row is " + version + ", "
          + "and a version is from 0 to " + (Settings.MAX_VERSIONS - 1)
          + ": beyond that lie the rows of the next generation");
    return version;
  }

  /** The value of the table's column i; a copy, since Spark uses a row again for the next. */
  Object value(InternalRow row, int i) {
    int at = at(i);
    checkNotNull(row, at, names[i]);
    switch (kinds[i]) {
      case TEXT: return row.getString(at);
      case BIGINT: return row.getLong(at);
      case INTEGRAL_DECIMAL: return decimal(BigDecimal.valueOf(row.getLong(at)), leastFractionDigits[i]);
      case DECIMAL:
        return decimal(row.getDecimal(at, precisions[i], scales[i]).toJavaBigDecimal(), leastFractionDigits[i]);
      case TIMESTAMP: {
        long us = row.getLong(at);
        return Instant.ofEpochSecond(Math.floorDiv(us, US_PER_SECOND), Math.floorMod(us, US_PER_SECOND) * 1000);
      }
      default: return LocalDate.ofEpochDay(row.getInt(at));
    }
  }

  private int at(int i) {
    return i < versionAt ? i : i + 1;
  }

  private static void checkNotNull(InternalRow row, int at, String name) {
    if (row.isNullAt(at))
      throw new IllegalArgumentException("salestream's sink: column " + name + " of a row is null, and no key, total "
          + "or version is");
  }

  static BigDecimal decimal(BigDecimal value, int leastFractionDigits) {
    BigDecimal shortest = value.signum() == 0 ? new BigDecimal(BigInteger.ZERO) : value.stripTrailingZeros();
    return shortest.setScale(Math.max(shortest.scale(), leastFractionDigits));
  }

  private void add(int i, String name, String type, DataType of) {
    Matcher decimal = DECIMAL.matcher(type);
    names[i] = name;
    if (decimal.matches() && (of instanceof DecimalType || of.equals(DataTypes.LongType))) {
      leastFractionDigits[i] = Integer.parseInt(decimal.group(1));
      if (of instanceof DecimalType) {
        kinds[i] = Kind.DECIMAL;
        precisions[i] = ((DecimalType) of).precision();
        scales[i] = ((DecimalType) of).scale();
      } else {
        kinds[i] = Kind.INTEGRAL_DECIMAL;
      }
    } else if (type.equals("text") && of.equals(DataTypes.StringType)) {
      kinds[i] = Kind.TEXT;
    } else if (type.equals("bigint") && of.equals(DataTypes.LongType)) {
      kinds[i] = Kind.BIGINT;
    } else if (type.equals("timestamp") && of.equals(DataTypes.TimestampType)) {
      kinds[i] = Kind.TIMESTAMP;
    } else if (type.equals("date") && of.equals(DataTypes.DateType)) {
      kinds[i] = Kind.DATE;
    } else {
      throw new IllegalArgumentException("salestream's sink: the query's column " + name + " is a " + of.catalogString()
          + ", which it does not write as " + type + " (text, bigint, timestamp and date are written as what they are, "
          + "decimals and bigints as decimal(N))");
    }
  }
}
