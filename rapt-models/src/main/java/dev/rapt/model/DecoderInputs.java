package dev.rapt.model;

import dev.rapt.kernel.SoftmaxKernel;
import dev.rapt.model.config.Seq2SeqConfig;

/** Input ids of the decoder of an encoder-decoder in training. */
final class DecoderInputs {
  private DecoderInputs() {}

  /**
   * Returns the targets, shifted right by one position.
   *
   * @param targets (B, T), row-major; -100 is read as padding
   * @param seqLen T
   */
  static int[] of(Seq2SeqConfig config, int[] targets, int seqLen) {
    int pad = config.padTokenId();
    int[] inputs = new int[targets.length];
    for (int from = 0; from < targets.length; from += seqLen) {
      int last = pad;
      for (int t = 0; t < seqLen; t++) {
        int target = targets[from + t] == SoftmaxKernel.IGNORED ? pad : targets[from + t];
        last = target == pad ? last : target;
        if (t < seqLen - 1) {
          inputs[from + t + 1] = target;
        }
      }
      inputs[from] = config.startsWithLastToken() ? last : config.decoderStartTokenId();
    }
    return inputs;
  }
}
