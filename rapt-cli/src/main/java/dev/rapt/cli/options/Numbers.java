package dev.rapt.cli.options;

import java.math.BigInteger;
import picocli.CommandLine;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses the numbers of a command line. */
public final class Numbers {
  private Numbers() {}

  /** Registers the parsers with a command and its subcommands. */
  public static void register(CommandLine line) {
    ITypeConverter<Integer> ints =
        text -> Math.toIntExact(whole(text, Integer.MIN_VALUE, Integer.MAX_VALUE));
    ITypeConverter<Long> longs = text -> whole(text, Long.MIN_VALUE, Long.MAX_VALUE);
    ITypeConverter<Double> doubles = Numbers::number;
    ITypeConverter<Float> floats = text -> (float) number(text);
    line.registerConverter(Integer.class, ints);
    line.registerConverter(int.class, ints);
    line.registerConverter(Long.class, longs);
    line.registerConverter(long.class, longs);
    line.registerConverter(Double.class, doubles);
    line.registerConverter(double.class, doubles);
    line.registerConverter(Float.class, floats);
    line.registerConverter(float.class, floats);
  }

  /** Parses a whole number within bounds, both inclusive. */
  static long whole(String text, long min, long max) {
    try {
      BigInteger value = new BigInteger(text.strip());
      if (value.compareTo(BigInteger.valueOf(min)) >= 0
          && value.compareTo(BigInteger.valueOf(max)) <= 0) {
        return value.longValue();
      }
    } catch (NumberFormatException e) {
      throw wrong("a whole number", text);
    }
    throw wrong("a whole number from " + min + " to " + max, text);
  }

  /** Parses a finite number. */
  static double number(String text) {
    double value;
    try {
      value = Double.parseDouble(text.strip());
    } catch (NumberFormatException e) {
      throw wrong("a number", text);
    }
    if (!Double.isFinite(value)) {
      throw wrong("a finite number", text);
    }
    return value;
  }

  static TypeConversionException wrong(String must, String got) {
    return new TypeConversionException("must be " + must + ", got '" + got + "'");
  }
}
