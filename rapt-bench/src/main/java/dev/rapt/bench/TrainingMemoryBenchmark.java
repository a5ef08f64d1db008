package dev.rapt.bench;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.model.CausalLm;
import dev.rapt.model.adapter.Adapter;
import dev.rapt.model.adapter.LoraConfig;
import dev.rapt.model.adapter.QuantizedBase;
import dev.rapt.model.adapter.Targets;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.MemoryPool;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.GradientClipping;
import dev.rapt.train.shape.MemoryEstimate;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Memory of training a causal language model in bf16: a few updates of all weights, of a LoRA
 * adapter, or of one on a base in NF4. Prints the peak of Rapt's own memory, and what the operating
 * system counts: anonymous memory, and the pages of the mapped file of weights, which it may drop
 * at any time.
 *
 * <pre>
 * java ... dev.rapt.bench.TrainingMemoryBenchmark MODEL full|lora|qlora [TOKENS [BATCH [keep [f32]]]]
 * </pre>
 *
 * {@code keep} turns gradient checkpointing off, {@code f32} keeps the moments of AdamW in f32
 * instead of bf16.
 */
public final class TrainingMemoryBenchmark {
  private static final int STEPS = 3;
  private static final int RANK = 16;
  private static final double MB = 1e6;

  private TrainingMemoryBenchmark() {}

  /** Runs the benchmark; see the class. */
  public static void main(String[] args) throws IOException {
    Path folder = Path.of(args[0]);
    String method = args[1];
    int T = args.length > 2 ? Integer.parseInt(args[2]) : 512;
    int B = args.length > 3 ? Integer.parseInt(args[3]) : 1;
    boolean checkpointing = args.length < 5 || !args[4].equals("keep");
    DType states = args.length > 5 && args[5].equals("f32") ? DType.F32 : DType.BF16;
    boolean all = method.equals("full");
    long start = System.nanoTime();
    try (CausalLm model = all ? CausalLm.loadTrainable(folder) : CausalLm.load(folder)) {
      if (method.equals("qlora")) {
        QuantizedBase.quantize(model);
      }
      Parameters trained = model.parameters();
      if (!all) {
        LoraConfig config = LoraConfig.of(RANK, 2 * RANK, Targets.allLinear());
        trained = Adapter.create(model, config, 1).parameters();
      }
      System.out.printf("%-28s %8.1f s%n", "loaded in", 1e-9 * (System.nanoTime() - start));
      train(model, trained, B, T, checkpointing, states);
    }
    report(System.out);
  }

  private static void train(
      CausalLm model, Parameters trained, int B, int T, boolean checkpointing, DType states) {
    AdamW.Options options = AdamW.Options.defaults().withStateType(states);
    MemoryEstimate estimate =
        MemoryEstimate.of(
            model, trained.all(), options, new MemoryEstimate.Batch(B, T, true, checkpointing));
    System.out.printf("%-28s %8.1f MB%n%s%n", "estimate", estimate.total() / MB, estimate);
    trained.track();
    model.parameters().computeInBf16();
    trained.computeInBf16();
    try (Scope scope = Scope.open();
        AdamW optimizer = new AdamW(trained.all(), options)) {
      Gradients gradients = new Gradients(scope);
      GradientClipping clipping = new GradientClipping(trained.all());
      System.out.printf("%-28s %8.1f MB%n", "held before the first step", used());
      MemoryPool.shared().resetPeak();
      for (int step = 0; step < STEPS; step++) {
        long start = System.nanoTime();
        gradients.clear();
        double loss = accumulate(model, gradients, B, T, checkpointing, step);
        double norm = clipping.norm(gradients);
        optimizer.step(gradients, 1e-4, GradientClipping.factor(norm, 1));
        System.out.printf(
            "step %d: loss %.4f, gradient norm %.4f, %.2f s%n",
            step, loss, norm, 1e-9 * (System.nanoTime() - start));
      }
      System.out.printf("%-28s %8.1f MB%n", "held after the last step", used());
    }
  }

  private static double accumulate(
      CausalLm model, Gradients gradients, int B, int T, boolean checkpointing, int step) {
    int[] tokens =
        new SplittableRandom(step).ints((long) B * T, 0, model.config().vocabSize()).toArray();
    try (Tape tape = Tape.open(model.scope())) {
      Tensor ids = tape.ints(tokens, B, T);
      Pass pass = Pass.over(ids).training(step).gradientCheckpointing(checkpointing).build();
      Tensor loss = model.loss(ids, ids, pass, 0);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }

  private static double used() {
    return MemoryPool.shared().usedBytes() / MB;
  }

  private static void report(PrintStream out) throws IOException {
    out.printf("%-28s %8.1f MB%n", "peak of tensors", MemoryPool.shared().peakBytes() / MB);
    List<String> counted = List.of("VmHWM", "RssAnon", "RssFile");
    for (String line : Files.readAllLines(Path.of("/proc/self/status"))) {
      if (counted.stream().anyMatch(line::startsWith)) {
        String[] parts = line.split("\\s+", -1);
        out.printf("%-28s %8.1f MB%n", parts[0], Long.parseLong(parts[1]) * 1024 / MB);
      }
    }
  }
}
