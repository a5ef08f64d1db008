package dev.rapt.quant;

import dev.rapt.checkpoint.ConfigReader;

/**
 * GPTQ as AutoGPTQ and GPTQModel store it. Beside {@code qweight}, of a linear layer with K inputs
 * and N outputs, there are
 *
 * <pre>
 * qweight  i32 (K bits / 32, N)   integers of consecutive inputs, lowest bits first
 * qzeros   i32 (groups, N bits / 32)  zero points, lowest bits first
 * scales   f16 (groups, N)
 * g_idx    i32 (K)                group of each input
 * </pre>
 *
 * @param bits 2, 3, 4 or 8
 * @param groupSize inputs of a group; -1 for all
 * @param isReordered whether inputs were quantised in the order of their activations (desc_act), so
 *     that a group may hold any inputs
 * @param zerosAreLess whether stored zero points are less by one, as in all files but those of
 *     {@code gptq_v2}
 * @param varies whether some layers have bits and groups of their own
 */
public record GptqFormat(
    int bits, int groupSize, boolean isReordered, boolean zerosAreLess, boolean varies)
    implements Quantization {

  static GptqFormat parse(ConfigReader found) {
    int bits = found.requireInt("bits");
    if (!isSupported(bits)) {
      throw found.error(
          "bits", "must be 2, 3, 4 or 8, got %d; use another release of the model".formatted(bits));
    }
    String format = found.stringOr("checkpoint_format", found.stringOr("format", "gptq"));
    if (found.boolOr("is_marlin_format", false)) {
      format = "marlin";
    }
    if (!format.equals("gptq") && !format.equals("gptq_v2")) {
      throw found.error(
          "checkpoint_format",
          "must be gptq or gptq_v2, got %s; use a release of the model in one of these"
              .formatted(format));
    }
    String words = found.stringOr("pack_dtype", "int32");
    if (!words.equals("int32")) {
      throw found.error("pack_dtype", "must be int32, got " + words);
    }
    return new GptqFormat(
        bits,
        groupSize(found, "group_size", bits),
        found.boolOr("desc_act", false),
        format.equals("gptq"),
        found.object("dynamic").filter(layers -> !layers.keys().isEmpty()).isPresent());
  }

  /** Returns whether there are matrices of so many bits. */
  public static boolean isSupported(int bits) {
    return bits == 2 || bits == 3 || bits == 4 || bits == 8;
  }

  /** Returns the size of groups: whole bytes of integers, or -1 for all inputs. */
  static int groupSize(ConfigReader found, String key, int bits) {
    int size = found.intOr(key, 128);
    if (size != -1 && (size < 1 || size * bits % 8 != 0)) {
      throw found.error(key, "must be -1 or a positive multiple of 8, got %d".formatted(size));
    }
    return size;
  }

  @Override
  public boolean staysMapped() {
    return false;
  }

  @Override
  public String label() {
    return "GPTQ, %d bits%s%s%s"
        .formatted(
            bits, inGroups(groupSize), isReordered ? ", act-order" : "", varies ? ", mixed" : "");
  }

  static String inGroups(int size) {
    return size < 0 ? "" : ", groups of " + size;
  }
}
