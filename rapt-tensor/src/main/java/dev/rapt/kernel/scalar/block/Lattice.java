package dev.rapt.kernel.scalar.block;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Objects;

/**
 * The points of which the IQ formats store the number, as in ggml-common.h of llama.cpp. The
 * resource {@code lattices.bin} holds them one after the other, in the order of the constants, a
 * little-endian u16 for each point: the indices of its coordinates into {@link #coordinates}, the
 * first one lowest, in base 3 or 8.
 */
enum Lattice {
  /** Of IQ1_S and IQ1_M. */
  IQ1(2048, 8, -1, 0, 1),
  /** Of IQ2_XXS. */
  IQ2_XXS(256, 8, 8, 25, 43),
  /** Of IQ2_XS. */
  IQ2_XS(512, 8, 8, 25, 43),
  /** Of IQ2_S. */
  IQ2_S(1024, 8, 8, 25, 43),
  /** Of IQ3_XXS. */
  IQ3_XXS(256, 4, 4, 12, 20, 28, 36, 44, 52, 62),
  /** Of IQ3_S. */
  IQ3_S(512, 4, 1, 3, 5, 7, 9, 11, 13, 15);

  private static final String RESOURCE = "lattices.bin";

  private final int numPoints;
  private final int dimensions;

  @SuppressWarnings("ImmutableEnumChecker") // never changed
  private final byte[] coordinates;

  Lattice(int numPoints, int dimensions, int... values) {
    this.numPoints = numPoints;
    this.dimensions = dimensions;
    coordinates = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      coordinates[i] = (byte) values[i];
    }
  }

  /** The points, read when one is first needed. */
  private static final class Points {
    static final EnumMap<Lattice, byte[]> OF = read();

    private Points() {}

    private static EnumMap<Lattice, byte[]> read() {
      try (InputStream in = Objects.requireNonNull(Lattice.class.getResourceAsStream(RESOURCE))) {
        ByteBuffer codes = ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
        EnumMap<Lattice, byte[]> points = new EnumMap<>(Lattice.class);
        for (Lattice lattice : values()) {
          points.put(lattice, lattice.decode(codes));
        }
        return points;
      } catch (IOException e) {
        throw new UncheckedIOException(RESOURCE + ": must be readable, got " + e.getMessage(), e);
      }
    }
  }

  private byte[] decode(ByteBuffer codes) {
    byte[] decoded = new byte[numPoints * dimensions];
    for (int point = 0; point < numPoints; point++) {
      int code = codes.getShort() & 0xffff;
      for (int i = 0; i < dimensions; i++) {
        decoded[point * dimensions + i] = coordinates[code % coordinates.length];
        code /= coordinates.length;
      }
    }
    return decoded;
  }

  int dimensions() {
    return dimensions;
  }

  /** Returns a coordinate of a point. */
  int at(int point, int dimension) {
    return Objects.requireNonNull(Points.OF.get(this))[point * dimensions + dimension];
  }
}
