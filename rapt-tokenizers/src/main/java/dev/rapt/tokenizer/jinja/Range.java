package dev.rapt.tokenizer.jinja;

import java.util.AbstractList;

/** Whole numbers from {@code start} to {@code stop} (exclusive). */
final class Range extends AbstractList<Object> {
  private static final long MAX_SIZE = 100_000;

  private final long start;
  private final long stop;
  private final long step;
  private final int size;

  Range(long start, long stop, long step) {
    if (step == 0) {
      throw TemplateException.value("range() arg 3 must not be zero");
    }
    long count =
        step > 0
            ? Math.max(0, Math.ceilDiv(Math.subtractExact(stop, start), step))
            : Math.max(0, Math.ceilDiv(Math.subtractExact(start, stop), -step));
    if (count > MAX_SIZE) {
      throw TemplateException.of(
          "OverflowError",
          "Range too big. The sandbox blocks ranges larger than MAX_RANGE (" + MAX_SIZE + ").");
    }
    this.start = start;
    this.stop = stop;
    this.step = step;
    this.size = (int) count;
  }

  @Override
  public Object get(int index) {
    return start + java.util.Objects.checkIndex(index, size) * step;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public String toString() {
    return "range(" + start + ", " + stop + (step == 1 ? "" : ", " + step) + ")";
  }
}
