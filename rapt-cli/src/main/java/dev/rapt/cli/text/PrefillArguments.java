package dev.rapt.cli.text;

import dev.rapt.model.CausalLm;
import dev.rapt.train.TrainOptions.PrecisionMode;
import picocli.CommandLine.Option;

/** Precision in which a decoder reads its prompt. */
public final class PrefillArguments {
  @Option(
      names = "--prefill-precision",
      paramLabel = "KIND",
      description =
          "Precision of the matrix products over the prompt: f32, bf16 or auto. bf16 rounds their"
              + " inputs, is faster where the processor multiplies bf16 and applies to weights in"
              + " bf16 and in blocks; auto is bf16 where the processor supports it (default: f32).")
  private PrecisionMode precision = PrecisionMode.F32;

  /** Sets the precision of a loaded model, and returns whether it is bf16. */
  public boolean apply(CausalLm model) {
    boolean isBf16 = precision.isBf16(model.config().hiddenSize());
    if (isBf16) {
      model.parameters().prefillInBf16();
    }
    return isBf16;
  }
}
