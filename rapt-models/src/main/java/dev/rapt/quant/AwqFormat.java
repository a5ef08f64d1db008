package dev.rapt.quant;

import dev.rapt.checkpoint.ConfigReader;
import java.util.Locale;

/**
 * AWQ as AutoAWQ stores it, in 4 bits. In the layout gemm, {@code qweight} (K, N / 8) and {@code
 * qzeros} (groups, N / 8) hold 8 outputs in each word, in an order of their own, and {@code scales}
 * is (groups, N). In gemv, {@code qweight} (N, K / 8) holds 8 inputs in each word, lowest bits
 * first, and {@code qzeros} (N, words) and {@code scales} (N, 8 words) have room for more groups
 * than there are.
 *
 * @param groupSize inputs of a group; -1 for all
 * @param isGemv whether the layout is gemv
 */
public record AwqFormat(int groupSize, boolean isGemv) implements Quantization {
  /** Bits of an integer. */
  public static final int BITS = 4;

  static AwqFormat parse(ConfigReader found) {
    String bitsKey = found.has("w_bit") ? "w_bit" : "bits";
    int bits = found.intOr(bitsKey, BITS);
    if (bits != BITS) {
      throw found.error(
          bitsKey, "must be 4, got %d; use another release of the model".formatted(bits));
    }
    if (!found.boolOr("zero_point", true)) {
      throw found.error("zero_point", "must be true; use another release of the model");
    }
    String layout =
        found.stringOr("version", found.stringOr("format", "gemm")).toLowerCase(Locale.ROOT);
    if (!layout.equals("gemm") && !layout.equals("gemv")) {
      throw found.error(
          "version",
          "must be gemm or gemv, got %s; use a release of the model in one of these"
              .formatted(layout));
    }
    String sizeKey = found.has("q_group_size") ? "q_group_size" : "group_size";
    return new AwqFormat(GptqFormat.groupSize(found, sizeKey, BITS), layout.equals("gemv"));
  }

  @Override
  public boolean staysMapped() {
    return isGemv;
  }

  @Override
  public String label() {
    return "AWQ, 4 bits" + GptqFormat.inGroups(groupSize);
  }
}
