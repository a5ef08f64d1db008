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

  /** Returns whether a model of this width reads prompts in bf16. */
  public boolean isBf16(int width) {
    return precision.isBf16(width);
  }

  /** Sets the precision of a loaded model. */
  public void apply(CausalLm model) {
    if (isBf16(model.config().hiddenSize())) {
      model.parameters().prefillInBf16();
    }
  }
}
