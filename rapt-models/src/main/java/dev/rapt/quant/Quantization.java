package dev.rapt.quant;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import java.util.List;

/** In which format a checkpoint packs its matrices: {@code quantization_config} of config.json. */
public sealed interface Quantization {
  /** Matrices are stored as they are. */
  record None() implements Quantization {}

  /**
   * A matrix {@code x} is stored as 8-bit floats, with a factor for each block in {@code
   * x_scale_inv}.
   *
   * @param blockRows rows of a block
   * @param blockCols columns of a block
   */
  record Float8Blocks(int blockRows, int blockCols) implements Quantization {}

  /**
   * A stack of matrices {@code x} (E, input, output) is stored as {@code x_blocks} (E, output,
   * input / 32, 16) and {@code x_scales} (E, output, input / 32).
   */
  record MxFp4Blocks() implements Quantization {}

  /**
   * Reads what a config.json says.
   *
   * @throws CheckpointException if it names a format that is not known
   */
  static Quantization parse(ConfigReader config) {
    ConfigReader found = config.object("quantization_config").orElse(null);
    if (found == null) {
      return new None();
    }
    String method = found.requireString("quant_method");
    return switch (method) {
      case "fp8" -> float8(found);
      case "mxfp4" -> new MxFp4Blocks();
      default ->
          throw found.error(
              "quant_method",
              "must be fp8 or mxfp4, got "
                  + method
                  + "; use the release of the model in bf16 or f16");
    };
  }

  private static Float8Blocks float8(ConfigReader found) {
    List<Integer> size = found.ints("weight_block_size");
    if (size.size() != 2 || size.get(0) < 1 || size.get(1) < 1) {
      throw found.error("weight_block_size", "must be two sizes of at least 1, got " + size);
    }
    return new Float8Blocks(size.get(0), size.get(1));
  }
}
