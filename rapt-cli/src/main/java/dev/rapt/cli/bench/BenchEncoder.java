package dev.rapt.cli.bench;

import dev.rapt.model.Encoder;
import dev.rapt.model.EncoderPreset;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.encoder.Bert;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * The forward pass of BERT-base (arXiv:1810.04805) on batches of one size.
 *
 * @param batchSize B
 * @param seqLen T
 */
public record BenchEncoder(int batchSize, int seqLen) {
  /** Name of the shape in JSON. */
  public static final String LABEL = "bert-base";

  private static final EncoderSizes SIZES =
      EncoderPreset.BERT_BASE.sizes(EncoderPreset.BERT_BASE.vocabSize());

  /** Checks the size of a batch. */
  public BenchEncoder {
    if (batchSize < 1 || seqLen < 1 || seqLen > SIZES.maxPositions()) {
      throw new IllegalArgumentException(
          "--batch, --tokens: must be at least 1, and at most %d tokens, got %d x %d"
              .formatted(SIZES.maxPositions(), batchSize, seqLen));
    }
  }

  /** Width of the residual stream. */
  public static int width() {
    return SIZES.hiddenSize();
  }

  /** The shape with the size of a batch. */
  public String description() {
    return LABEL + ", " + batchSize + " x " + seqLen;
  }

  /**
   * Floating-point operations of a sequence by definition of the model: 2 for each weight of a
   * matrix product and token, and those of attention.
   */
  public double flopsPerSequence() {
    double D = SIZES.hiddenSize();
    double weights = 4 * D * D + 2 * D * SIZES.intermediateSize();
    return SIZES.numLayers() * seqLen * (2 * weights + 4 * D * seqLen);
  }

  /** Rapt. */
  public Contender rapt(boolean bf16) {
    return new Contender() {
      @Override
      public String name() {
        return "Rapt";
      }

      @Override
      public Measured measure(double seconds) {
        return encode(seconds, bf16);
      }
    };
  }

  private Contender.Measured encode(double seconds, boolean bf16) {
    SplittableRandom random = new SplittableRandom(1);
    int[] ids = random.ints((long) batchSize * seqLen, 0, SIZES.vocabSize()).toArray();
    int[] lengths = new int[batchSize];
    Arrays.fill(lengths, seqLen);
    SteadySpeeds speeds = new SteadySpeeds(seconds);
    MemoryPool.shared().trim();
    MemoryPool.shared().resetPeak();
    try (Encoder encoder = Encoder.create(new Bert.Config(SIZES, false), 1)) {
      if (bf16) {
        encoder.parameters().computeInBf16();
      }
      long start;
      do {
        start = System.nanoTime();
        try (Scope scope = encoder.scope().child()) {
          Tensor tokens = scope.ints(ids, batchSize, seqLen);
          Pass pass = encoder.pass(tokens, lengths).build();
          var _ = encoder.hidden(tokens, pass);
        }
      } while (speeds.add(batchSize * 1e9 / (System.nanoTime() - start)));
      return speeds.measured();
    }
  }

  /** Other libraries for the same work in this precision. */
  public List<Contender> peers(String python, boolean bf16) {
    List<Contender> peers =
        new ArrayList<>(
            List.of(peer("PyTorch", "torch", python, bf16, "torch numpy transformers")));
    if (!bf16) {
      peers.add(
          peer("ONNX Runtime", "onnx", python, false, "torch numpy transformers onnx onnxruntime"));
    }
    return peers;
  }

  private Contender peer(
      String name, String library, String python, boolean bf16, String packages) {
    List<String> arguments =
        List.of(
            "--library=" + library,
            "--layers=" + SIZES.numLayers(),
            "--width=" + SIZES.hiddenSize(),
            "--heads=" + SIZES.numHeads(),
            "--mlp=" + SIZES.intermediateSize(),
            "--vocab=" + SIZES.vocabSize(),
            "--batch=" + batchSize,
            "--tokens=" + seqLen,
            "--dtype=" + (bf16 ? "bf16" : "f32"));
    return PeerScript.python(name, python, "bench/encode_peers.py", arguments, packages);
  }
}
