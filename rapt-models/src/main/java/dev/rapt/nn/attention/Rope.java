package dev.rapt.nn.attention;

import dev.rapt.autograd.attention.Rotation;
import dev.rapt.nn.Pass;
import dev.rapt.nn.PassValue;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;

/**
 * Rotary position embedding (RoPE): frequencies from a configuration, angles for the positions of a
 * pass. Angles are computed in f32 as in the reference implementations, whose rounding is visible
 * at large positions. RoFormer, arXiv:2104.09864; the scalings name their own sources.
 */
public final class Rope implements PassValue<Rotation> {
  private final int rotaryDim;
  private final double theta;
  private final RopeScaling scaling;
  private final boolean interleaved;
  private final boolean reversed;

  /**
   * Creates the rotation.
   *
   * @param rotaryDim number of elements of a head that are rotated, even
   * @param theta base of the frequencies
   * @param interleaved whether pairs are elements 2i and 2i + 1 (interleaved RoPE), instead of i
   *     and i + rotaryDim / 2 (half-split RoPE)
   */
  public Rope(int rotaryDim, double theta, RopeScaling scaling, boolean interleaved) {
    this(rotaryDim, theta, scaling, interleaved, false);
  }

  private Rope(
      int rotaryDim, double theta, RopeScaling scaling, boolean interleaved, boolean reversed) {
    if (rotaryDim % 2 != 0) {
      throw new IllegalArgumentException(
          "rope: the number of rotated elements must be even, got " + rotaryDim);
    }
    if (scaling instanceof RopeScaling.LongRope longRope) {
      requireFactors("short_factor", longRope.shortFactor(), rotaryDim);
      requireFactors("long_factor", longRope.longFactor(), rotaryDim);
    }
    this.rotaryDim = rotaryDim;
    this.theta = theta;
    this.scaling = scaling;
    this.interleaved = interleaved;
    this.reversed = reversed;
  }

  /** Returns a copy that rotates in the opposite direction, by negated angles. */
  public Rope reversed() {
    return new Rope(rotaryDim, theta, scaling, interleaved, !reversed);
  }

  private static void requireFactors(String name, List<Double> factors, int rotaryDim) {
    if (factors.size() != rotaryDim / 2) {
      throw new IllegalArgumentException(
          "rope: %s must hold %d numbers, one for each pair, got %d"
              .formatted(name, rotaryDim / 2, factors.size()));
    }
  }

  /** Whether the frequencies depend on how long the sequence has become. */
  public boolean dependsOnLength() {
    return scaling instanceof RopeScaling.Dynamic || scaling instanceof RopeScaling.LongRope;
  }

  /** Returns the rotary angles for the positions of a pass, in its scope. */
  @Override
  public Rotation compute(Pass pass) {
    int[] positions = pass.positions();
    int first = Integer.MAX_VALUE;
    int last = 0;
    for (int position : positions) {
      first = Math.min(first, position);
      last = Math.max(last, position);
    }
    boolean isDense = last - first < positions.length; // else one row for each distinct position
    int[] rotated =
        isDense
            ? IntStream.rangeClosed(first, last).toArray()
            : Arrays.stream(positions).sorted().distinct().toArray();
    int[] rows = new int[positions.length];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = isDense ? positions[i] - first : Arrays.binarySearch(rotated, positions[i]);
    }
    Tensor rowTensor = pass.scope().ints(rows, pass.batchSize(), pass.seqLen());
    if (dependsOnLength() && !pass.isRagged() && pass.cache() != null) {
      pass.cache().keepDependenceOnLength();
    }
    boolean changes = pass.isStepwise() && dependsOnLength();
    float[] shared = frequencies(pass.currentLen());
    return rotation(
        pass.scope(), rotated, rowTensor, position -> changes ? frequencies(position + 1) : shared);
  }

  /**
   * Returns the rotary angles of these positions.
   *
   * @param frequenciesAt the frequency of each pair, by the position
   */
  private Rotation rotation(
      Scope scope, int[] positions, Tensor rows, IntFunction<float[]> frequenciesAt) {
    float factor = (float) attentionFactor();
    int pairs = rotaryDim / 2;
    Tensor cos = scope.empty(DType.F32, positions.length, pairs);
    Tensor sin = scope.empty(DType.F32, positions.length, pairs);
    for (int n = 0; n < positions.length; n++) {
      float[] frequencies = frequenciesAt.apply(positions[n]);
      long row = (long) n * pairs;
      for (int i = 0; i < pairs; i++) {
        float angle = (reversed ? -positions[n] : positions[n]) * frequencies[i];
        cos.memory().setAtIndex(ValueLayout.JAVA_FLOAT, row + i, (float) Math.cos(angle) * factor);
        sin.memory().setAtIndex(ValueLayout.JAVA_FLOAT, row + i, (float) Math.sin(angle) * factor);
      }
    }
    return new Rotation(cos, sin, rows, interleaved);
  }

  /** Returns the frequency of each pair, in radians per position, for sequences of this length. */
  public float[] frequencies(int currentLen) {
    int pairs = rotaryDim / 2;
    float[] frequencies = new float[pairs];
    for (int i = 0; i < pairs; i++) {
      frequencies[i] =
          switch (scaling) {
            case RopeScaling.None _ -> (float) (1 / wavelength(theta, i));
            case RopeScaling.Linear(double factor) -> (float) (1 / wavelength(theta, i) / factor);
            case RopeScaling.Dynamic dynamic ->
                (float) (1 / wavelength(dynamicTheta(dynamic, currentLen), i));
            case RopeScaling.Llama3 llama3 -> llama3Frequency(llama3, i);
            case RopeScaling.Yarn yarn -> yarnFrequency(yarn, i);
            case RopeScaling.LongRope longRope -> {
              List<Double> factors =
                  currentLen > longRope.originalMaxPositions()
                      ? longRope.longFactor()
                      : longRope.shortFactor();
              yield (float) (1 / (factors.get(i) * wavelength(theta, i)));
            }
          };
    }
    return frequencies;
  }

  /** Returns the factor of cos and sin; attention scores grow by its square. */
  public double attentionFactor() {
    return switch (scaling) {
      case RopeScaling.Yarn yarn -> yarnAttentionFactor(yarn);
      case RopeScaling.LongRope longRope -> {
        if (longRope.attentionFactor() != null) {
          yield longRope.attentionFactor();
        }
        yield longRope.factor() <= 1
            ? 1
            : Math.sqrt(
                1 + Math.log(longRope.factor()) / Math.log(longRope.originalMaxPositions()));
      }
      case RopeScaling.None _ -> 1;
      case RopeScaling.Linear _ -> 1;
      case RopeScaling.Dynamic _ -> 1;
      case RopeScaling.Llama3 _ -> 1;
    };
  }

  /**
   * Returns the positions per radian of pair i: base^(2i / rotaryDim), with the exponent rounded to
   * f32.
   */
  private double wavelength(double base, int i) {
    return (float) Math.pow(base, 2f * i / rotaryDim);
  }

  private double dynamicTheta(RopeScaling.Dynamic scaling, int currentLen) {
    int trained = scaling.trainedPositions();
    double length = Math.max(currentLen, trained);
    double stretch = scaling.factor() * length / trained - (scaling.factor() - 1);
    return theta * Math.pow(stretch, rotaryDim / (rotaryDim - 2.0));
  }

  private float llama3Frequency(RopeScaling.Llama3 scaling, int i) {
    float frequency = (float) (1 / wavelength(theta, i));
    double wavelength = 2 * Math.PI / frequency;
    double lowWavelength = scaling.originalMaxPositions() / scaling.lowFreqFactor();
    double highWavelength = scaling.originalMaxPositions() / scaling.highFreqFactor();
    if (wavelength < highWavelength) {
      return frequency;
    }
    if (wavelength > lowWavelength) {
      return (float) (frequency / scaling.factor());
    }
    double smooth =
        (scaling.originalMaxPositions() / wavelength - scaling.lowFreqFactor())
            / (scaling.highFreqFactor() - scaling.lowFreqFactor());
    return (float) ((1 - smooth) * frequency / scaling.factor() + smooth * frequency);
  }

  /**
   * YaRN's NTK-by-parts interpolation, section 3.2: high frequencies are kept, low ones divided by
   * the factor.
   */
  private float yarnFrequency(RopeScaling.Yarn scaling, int i) {
    double low = correctionDim(scaling, scaling.betaFast());
    double high = correctionDim(scaling, scaling.betaSlow());
    if (scaling.truncate()) {
      low = Math.floor(low);
      high = Math.ceil(high);
    }
    low = Math.max(low, 0);
    high = Math.min(high, rotaryDim - 1.0);
    if (low == high) {
      high += 0.001;
    }
    double slowed = Math.clamp((i - low) / (high - low), 0.0, 1.0);
    double frequency = 1 / wavelength(theta, i);
    return (float) (frequency / scaling.factor() * slowed + frequency * (1 - slowed));
  }

  /**
   * Returns the pair, as a real number, that makes this many rotations over the original length.
   */
  private double correctionDim(RopeScaling.Yarn scaling, double rotations) {
    return rotaryDim
        * Math.log(scaling.originalMaxPositions() / (rotations * 2 * Math.PI))
        / (2 * Math.log(theta));
  }

  private static double yarnAttentionFactor(RopeScaling.Yarn scaling) {
    if (scaling.attentionFactor() != null) {
      return scaling.attentionFactor();
    }
    if (scaling.mscale() != null && scaling.mscaleAllDim() != null) {
      return scaling.mscale(scaling.mscale()) / scaling.mscale(scaling.mscaleAllDim());
    }
    return scaling.mscale(1);
  }
}
