// SPDX-License-Identifier: Apache-2.0
package salestream.spark;

import java.io.Serializable;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Instant;
import java.time.LocalDate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.StructType;

/**
 * A frame's rows as the values of Cassandra's columns. Exact: decimals stay digits, and have the form that salestream itself
 * writes, with at least so many fraction digits and none beyond those that is zero. Immutable.
 */
final class Columns implements Serializable {
  private static final long serialVersionUID = 1;
  private static final Pattern DECIMAL = Pattern.compile("decimal\\((\\d)\\)");
  private static final long US_A_SECOND = 1_000_000;

  private enum Kind { TEXT, BIGINT, INTEGRAL_DECIMAL, DECIMAL, TIMESTAMP, DATE }

  private final String[] names;
  private final Kind[] kinds;
  private final int[] leastFractionDigits;
  private final int[] precisions;
  private final int[] scales;

  private Columns(int size) {
    names = new String[size];
    kinds = new Kind[size];
    leastFractionDigits = new int[size];
    precisions = new int[size];
    scales = new int[size];
  }

  static Columns of(String[] types, StructType schema) {
    if (types.length != schema.length())
      throw new IllegalArgumentException("salestream's sink: option types names " + types.length + " columns, and the query has "
          + schema.length() + ": " + String.join(", ", schema.fieldNames()));
    Columns columns = new Columns(types.length);
    for (int i = 0; i < types.length; ++i) columns.add(i, schema.fieldNames()[i], types[i], schema.fields()[i].dataType());
    return columns;
  }

  int size() {
    return kinds.length;
  }

  /** The value of column i; a copy, since Spark uses a row again for the next. */
  Object value(InternalRow row, int i) {
    if (row.isNullAt(i))
      throw new IllegalArgumentException("salestream's sink: column " + names[i] + " of a row is null, and no total or key is");
    switch (kinds[i]) {
      case TEXT: return row.getString(i);
      case BIGINT: return row.getLong(i);
      case INTEGRAL_DECIMAL: return decimal(BigDecimal.valueOf(row.getLong(i)), leastFractionDigits[i]);
      case DECIMAL: return decimal(row.getDecimal(i, precisions[i], scales[i]).toJavaBigDecimal(), leastFractionDigits[i]);
      case TIMESTAMP: {
        long us = row.getLong(i);
        return Instant.ofEpochSecond(Math.floorDiv(us, US_A_SECOND), Math.floorMod(us, US_A_SECOND) * 1000);
      }
      default: return LocalDate.ofEpochDay(row.getInt(i));
    }
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
          + ", which it does not write as " + type + " (text, bigint, timestamp and date are written as what they are, decimals and "
          + "bigints as decimal(N))");
    }
  }
}
