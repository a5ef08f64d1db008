package dev.rapt.compute;

import dev.rapt.kernel.Kernels;
import dev.rapt.kernel.scalar.ScalarAttention;
import dev.rapt.kernel.scalar.ScalarElementwise;
import dev.rapt.kernel.scalar.ScalarLstm;
import dev.rapt.kernel.scalar.ScalarNorm;
import dev.rapt.kernel.scalar.ScalarOptimizer;
import dev.rapt.kernel.scalar.ScalarRope;
import dev.rapt.kernel.scalar.ScalarSoftmax;
import dev.rapt.kernel.scalar.ScalarUnpack;
import dev.rapt.kernel.scalar.block.ScalarBlocks;
import dev.rapt.kernel.vector.VectorKernels;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Chooses the kernels of this process once, and explains the choice: kernels in the Vector API if
 * its module is present and vectors have at least 128 bits, otherwise scalar loops. The system
 * property {@code rapt.kernels}, {@code scalar} or {@code vector}, overrides this.
 */
public final class KernelChoice {
  private static final Logger LOG = LoggerFactory.getLogger(KernelChoice.class);

  private static final int LEAST_VECTOR_BITS = 128;

  private static final Kernels SCALAR =
      new Kernels(
          "scalar",
          new ScalarElementwise(),
          new ScalarNorm(),
          new ScalarSoftmax(),
          new ScalarRope(),
          new ScalarAttention(),
          new ScalarOptimizer(),
          new ScalarUnpack(),
          new ScalarBlocks(),
          new ScalarLstm());

  private static volatile @Nullable Choice chosen;

  private KernelChoice() {}

  /**
   * The kernels of this process.
   *
   * @throws IllegalArgumentException if the property {@code rapt.kernels} names unknown kernels, or
   *     vector kernels although their module is missing
   */
  public static Kernels kernels() {
    return choice().kernels();
  }

  /** The scalar kernels, plain loops: slow, and the reference for every other implementation. */
  public static Kernels scalar() {
    return SCALAR;
  }

  /**
   * Returns a sentence for users: the active kernels, the reason for the choice, and how to get
   * faster kernels.
   */
  public static String explanation() {
    return choice().explanation();
  }

  private static Choice choice() {
    Choice choice = chosen;
    return choice == null ? chooseOnce() : choice;
  }

  private static synchronized Choice chooseOnce() {
    Choice choice = chosen;
    if (choice == null) {
      choice = choose(System.getProperty("rapt.kernels", "auto"));
      chosen = choice;
    }
    return choice;
  }

  private static Choice choose(String wanted) {
    return switch (wanted) {
      case "scalar" ->
          new Choice(SCALAR, "Scalar kernels, because -Drapt.kernels=scalar was given.");
      case "vector" -> {
        if (!VectorModule.isPresent()) {
          throw new IllegalArgumentException(
              "rapt.kernels: vector needs the module jdk.incubator.vector, which is missing; pass "
                  + VectorModule.FLAG);
        }
        yield vector("because -Drapt.kernels=vector was given");
      }
      case "auto" -> VectorModule.isPresent() ? bestWithModule() : withoutModule();
      default ->
          throw new IllegalArgumentException(
              "rapt.kernels: must be scalar or vector, got " + wanted);
    };
  }

  private static Choice bestWithModule() {
    int bits = VectorKernels.vectorBits();
    return bits >= LEAST_VECTOR_BITS
        ? vector("the widest this machine prefers")
        : new Choice(
            SCALAR, "Scalar kernels, because this machine's vectors have only " + bits + " bits.");
  }

  private static Choice vector(String reason) {
    return new Choice(
        VectorKernels.create(),
        "Vector API kernels of " + VectorKernels.vectorBits() + " bits, " + reason + ".");
  }

  private static Choice withoutModule() {
    String explanation =
        "Scalar kernels, many times slower, because the module jdk.incubator.vector is missing;"
            + " pass "
            + VectorModule.FLAG
            + " to java.";
    LOG.warn(explanation);
    return new Choice(SCALAR, explanation);
  }

  private record Choice(Kernels kernels, String explanation) {}
}
