package dev.rapt.train.shape;

import java.util.Arrays;
import java.util.stream.Collectors;

/** Named model shapes with a batch size. */
public enum Preset {
  /** nanoGPT's shape for a CPU. */
  TINY("tiny", ModelShape.gpt2(4, 128, 4, 64), 65, 12, "0.8M, nanoGPT's shape for a CPU"),
  /** A Llama that trains within minutes on two cores. */
  SMALL("small", ModelShape.llama(4, 256, 4, 4, 704, 256), 257, 16, "3.2M, minutes on two cores"),
  /** nanoGPT's shape for characters on a GPU. */
  CHAR_10M(
      "char-10.7m", ModelShape.gpt2(6, 384, 6, 256), 65, 64, "10.7M, nanoGPT's for characters"),
  /** The size of the smallest published story models. */
  LLAMA_15M(
      "llama-15m", ModelShape.llama(6, 288, 6, 6, 768, 256), 32000, 32, "15M with 32k tokens"),
  /** The size of GPT-2, in the shape of Llama. */
  LLAMA_110M("llama-110m", ModelShape.llama(12, 768, 12, 12, 2048, 1024), 32000, 8, "110M"),
  /** GPT-2. */
  GPT2_124M("gpt2-124m", ModelShape.gpt2(12, 768, 12, 1024), 50257, 4, "GPT-2"),
  /** GPT-2 medium. */
  GPT2_355M("gpt2-355m", ModelShape.gpt2(24, 1024, 16, 1024), 50257, 2, "GPT-2 medium"),
  /** GPT-2 large. */
  GPT2_774M("gpt2-774m", ModelShape.gpt2(36, 1280, 20, 1024), 50257, 1, "GPT-2 large"),
  /** GPT-2 XL. */
  GPT2_1558M("gpt2-1558m", ModelShape.gpt2(48, 1600, 25, 1024), 50257, 1, "GPT-2 XL"),
  /** GPT-3 Small. The presets of GPT-3 are table 2.1 of arXiv:2005.14165. */
  GPT3_125M("gpt3-125m", ModelShape.gpt3(12, 768, 12), 50257, 4, "GPT-3 Small"),
  /** GPT-3 Medium. */
  GPT3_350M("gpt3-350m", ModelShape.gpt3(24, 1024, 16), 50257, 2, "GPT-3 Medium"),
  /** GPT-3 Large. */
  GPT3_760M("gpt3-760m", ModelShape.gpt3(24, 1536, 16), 50257, 1, "GPT-3 Large"),
  /** GPT-3 XL, with 16 heads: the table's 24 of width 128 would not give the width 2048. */
  GPT3_1300M("gpt3-1.3b", ModelShape.gpt3(24, 2048, 16), 50257, 1, "GPT-3 XL"),
  /** GPT-3 2.7B. */
  GPT3_2700M("gpt3-2.7b", ModelShape.gpt3(32, 2560, 32), 50257, 1, "GPT-3 2.7B"),
  /** GPT-3 6.7B. */
  GPT3_6700M("gpt3-6.7b", ModelShape.gpt3(32, 4096, 32), 50257, 1, "GPT-3 6.7B"),
  /** GPT-3 13B, 5120 wide: the table's 5140 is no multiple of its 40 heads. */
  GPT3_13B("gpt3-13b", ModelShape.gpt3(40, 5120, 40), 50257, 1, "GPT-3 13B"),
  /** GPT-3. */
  GPT3_175B("gpt3-175b", ModelShape.gpt3(96, 12288, 96), 50257, 1, "GPT-3");

  private final String label;

  @SuppressWarnings("ImmutableEnumChecker") // a record of numbers and enums
  private final ModelShape shape;

  private final int vocabSize;
  private final int batchSize;
  private final String remark;

  Preset(String label, ModelShape shape, int vocabSize, int batchSize, String remark) {
    this.label = label;
    this.shape = shape;
    this.vocabSize = vocabSize;
    this.batchSize = batchSize;
    this.remark = remark;
  }

  /**
   * The preset of this name, in upper or lower case.
   *
   * @throws IllegalArgumentException if there is none; the message lists all names
   */
  public static Preset of(String name) {
    for (Preset preset : values()) {
      if (preset.label.equalsIgnoreCase(name)) {
        return preset;
      }
    }
    throw new IllegalArgumentException(
        "preset: must be one of %s, got %s"
            .formatted(
                Arrays.stream(values()).map(p -> p.label).collect(Collectors.joining(", ")), name));
  }

  /** The name that users type. */
  public String label() {
    return label;
  }

  /** The shape of the model. */
  public ModelShape shape() {
    return shape;
  }

  /**
   * The number of tokens where no tokenizer decides it: that of the published model, the 65
   * characters of nanoGPT's Shakespeare, or the 256 bytes with an end-of-text token.
   */
  public int vocabSize() {
    return vocabSize;
  }

  /** The default number of sequences in a batch. */
  public int batchSize() {
    return batchSize;
  }

  /** Size and origin, for a list of presets. */
  public String remark() {
    return remark;
  }
}
