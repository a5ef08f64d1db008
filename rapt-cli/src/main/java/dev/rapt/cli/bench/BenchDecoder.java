package dev.rapt.cli.bench;

import dev.rapt.cli.output.CommandException;
import dev.rapt.generate.batch.BatchOptions;
import dev.rapt.generate.batch.BatchRequest;
import dev.rapt.generate.batch.Batcher;
import dev.rapt.generate.batch.Completion;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.kernel.Workers;
import dev.rapt.model.CausalLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.nn.Parameter;
import dev.rapt.quant.PackedMatrix;
import dev.rapt.quant.PackedWeight;
import dev.rapt.quant.ReorderedRows;
import dev.rapt.quant.ggml.GgmlMatrix;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.Consumer;

/**
 * A stored decoder that reads prompts of random tokens and continues them.
 *
 * @param promptLen tokens of each prompt
 * @param batchSize number of prompts
 */
public record BenchDecoder(StoredModel stored, int promptLen, int batchSize) {
  /** Tokens that are generated before a new prompt is read. */
  private static final int NEW_TOKENS = 128;

  private static final String PEER_SCRIPT = "bench/decode_llamacpp.mjs";

  /**
   * What the weights of the model are.
   *
   * @param type the type that most bytes have, such as q4_0 or bf16
   * @param bytes bytes that a pass reads: those of all weights but of token embeddings that are not
   *     the head, too
   * @param values number of these weights
   * @param width hidden size of the model
   */
  public record WeightFacts(String type, long bytes, long values, int width) {}

  /** Loads the model and counts its weights. */
  public WeightFacts weights() {
    Map<String, Long> bytesByType = new HashMap<>();
    long bytes = 0;
    long values = 0;
    int width;
    try (CausalLm lm = CausalLm.load(stored)) {
      width = lm.config().hiddenSize();
      for (Parameter parameter : lm.parameters()) {
        if (lm.embeddings().contains(parameter) && !parameter.equals(lm.head())) {
          continue;
        }
        PackedWeight packed = parameter.packed();
        long size;
        String type;
        if (packed == null) {
          Tensor plain = parameter.compute();
          size = plain.memory().byteSize();
          type = plain.dtype().label();
        } else {
          size = packed.byteSize();
          type = type(packed.matrices().getFirst());
        }
        bytesByType.merge(type, size, Long::sum);
        bytes += size;
        values += parameter.shape().numElements();
      }
    }
    String most =
        bytesByType.entrySet().stream()
            .max(Map.Entry.comparingByValue())
            .map(Map.Entry::getKey)
            .orElse("");
    return new WeightFacts(most, bytes, values, width);
  }

  private static String type(PackedMatrix matrix) {
    return switch (matrix) {
      case GgmlMatrix blocks -> blocks.type().name().toLowerCase(Locale.ROOT);
      case ReorderedRows rows -> type(rows.sources().getFirst());
      default -> "packed";
    };
  }

  /** The model with the sizes of the work. */
  public String description() {
    return "%s, %d x %d".formatted(stored.path().getFileName(), batchSize, promptLen);
  }

  /** Rapt, generating: tokens per second of each step. */
  public Contender decoding() {
    return contender(_ -> {}, this::decode);
  }

  /**
   * Rapt, generating in a {@link Batcher}: tokens per second of all sequences, step by step.
   *
   * @param options of the batcher
   */
  public Contender batching(BatchOptions options) {
    return contender(
        _ -> {},
        (model, speeds) -> {
          try (Batcher batcher = new Batcher(model.model(), null, options)) {
            batch(batcher, model, speeds);
          }
        });
  }

  private void batch(Batcher batcher, CausalLmDecoding model, SteadySpeeds speeds) {
    SplittableRandom random = new SplittableRandom(1);
    GenerationOptions greedy =
        GenerationOptions.builder().maxNewTokens(newTokens(model)).eosTokenIds(List.of()).build();
    boolean more = true;
    while (more) {
      List<Completion> completions = new ArrayList<>();
      for (int i = 0; i < batchSize; i++) {
        int[] prompt = random.ints(promptLen, 0, model.vocabSize()).toArray();
        completions.add(batcher.submit(BatchRequest.of(prompt, greedy)));
      }
      // all are decoded from the first token of the last one to the last token of the first one
      long begin = 0;
      for (Completion.Token _ : completions.getLast()) {
        boolean together = completions.stream().noneMatch(Completion::isDone);
        if (begin != 0 && together && more) {
          more = speeds.add(batchSize * 1e9 / (System.nanoTime() - begin));
        }
        begin = System.nanoTime();
      }
      completions.forEach(Completion::result);
    }
  }

  private int newTokens(CausalLmDecoding model) {
    int newTokens = Math.min(NEW_TOKENS, model.maxPositions() - promptLen);
    if (newTokens < 1) {
      throw new CommandException(
          "--prompt: must be less than the %d tokens of the model's context, got %d"
              .formatted(model.maxPositions(), promptLen));
    }
    return newTokens;
  }

  /**
   * Rapt, reading prompts: tokens per second of each pass.
   *
   * @param prepare changes the loaded model before
   */
  public Contender prefill(Consumer<CausalLm> prepare) {
    return contender(prepare, this::readPrompts);
  }

  /** A measurement of a loaded model. */
  @FunctionalInterface
  private interface Measurement {
    void run(CausalLmDecoding model, SteadySpeeds speeds);
  }

  private Contender contender(Consumer<CausalLm> prepare, Measurement measurement) {
    return new Contender() {
      @Override
      public String name() {
        return "Rapt";
      }

      @Override
      public Measured measure(double seconds) {
        MemoryPool.shared().trim();
        MemoryPool.shared().resetPeak();
        try (CausalLm lm = CausalLm.load(stored)) {
          prepare.accept(lm);
          SteadySpeeds speeds = new SteadySpeeds(seconds);
          measurement.run(new CausalLmDecoding(lm), speeds);
          return speeds.measured();
        }
      }
    };
  }

  private void decode(CausalLmDecoding model, SteadySpeeds speeds) {
    SplittableRandom random = new SplittableRandom(1);
    int newTokens = newTokens(model);
    boolean more = true;
    while (more) {
      try (Decoding decoding = start(model, random, promptLen + newTokens)) {
        for (int i = 0; i < newTokens && more; i++) {
          int[] tokens = random.ints(batchSize, 0, model.vocabSize()).toArray();
          long begin = System.nanoTime();
          decoding.step(tokens);
          more = speeds.add(batchSize * 1e9 / (System.nanoTime() - begin));
        }
      }
    }
  }

  private void readPrompts(CausalLmDecoding model, SteadySpeeds speeds) {
    SplittableRandom random = new SplittableRandom(1);
    boolean more = true;
    while (more) {
      long begin = System.nanoTime();
      try (Decoding decoding = start(model, random, promptLen + 1)) {
        more = speeds.add(decoding.numRows() * promptLen * 1e9 / (System.nanoTime() - begin));
      }
    }
  }

  private Decoding start(CausalLmDecoding model, SplittableRandom random, int capacity) {
    int[][] prompts = new int[batchSize][];
    boolean[][] mask = new boolean[batchSize][promptLen];
    for (int row = 0; row < batchSize; row++) {
      prompts[row] = random.ints(promptLen, 0, model.vocabSize()).toArray();
      Arrays.fill(mask[row], true);
    }
    return model.start(prompts, mask, capacity);
  }

  /**
   * llama.cpp, through node-llama-cpp, on the same file.
   *
   * @param folder folder in which {@code npm install node-llama-cpp} ran
   * @param task decode or prefill
   */
  public Contender llamaCpp(String folder, String task) {
    List<String> options =
        List.of(
            "--task=" + task,
            "--folder=" + folder,
            "--model=" + stored.path().toAbsolutePath(),
            "--batch=" + batchSize,
            "--prompt=" + promptLen,
            "--tokens=" + NEW_TOKENS,
            "--threads=" + Workers.shared().numThreads());
    return PeerScript.node("llama.cpp", PEER_SCRIPT, options, "node-llama-cpp");
  }
}
