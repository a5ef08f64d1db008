package dev.rapt.quant;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import java.util.List;

/** Quantisation format of a checkpoint's matrices: {@code quantization_config} in config.json. */
public sealed interface Quantization {
  /** No quantisation. */
  record None() implements Quantization {}

  /**
   * FP8: a matrix {@code x} is stored in 8-bit floats, with a scale factor per block in {@code
   * x_scale_inv}.
   *
   * @param blockRows rows of a block
   * @param blockCols columns of a block
   */
  record Float8Blocks(int blockRows, int blockCols) implements Quantization {}

  /**
   * MXFP4: a stack of matrices {@code x} (X, input, output) is stored as {@code x_blocks} (X,
   * output, input / 32, 16) and {@code x_scales} (X, output, input / 32).
   */
  record MxFp4Blocks() implements Quantization {}

  /**
   * NF4 of bitsandbytes: the matrix of a linear layer {@code x} is stored as bytes, with its scales
   * in {@code x.absmax} and what else is needed in {@code x.quant_state.bitsandbytes__nf4} and
   * other tensors beside it.
   */
  record Nf4Blocks() implements Quantization {}

  /**
   * Reads the format from a config.json.
   *
   * @throws CheckpointException if it names an unsupported format
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
      case "bitsandbytes" -> nf4(found);
      default ->
          throw found.error(
              "quant_method",
              "must be fp8, mxfp4 or bitsandbytes, got "
                  + method
                  + "; use a release of the model in bf16 or f16");
    };
  }

  private static Nf4Blocks nf4(ConfigReader found) {
    if (!found.boolOr("load_in_4bit", false)) {
      throw found.error(
          "load_in_4bit", "must be true, got 8-bit weights; use a release in bf16 or f16");
    }
    String type = found.stringOr("bnb_4bit_quant_type", "fp4");
    if (!type.equals("nf4")) {
      throw found.error(
          "bnb_4bit_quant_type",
          "must be nf4, got %s; use a release in bf16 or f16".formatted(type));
    }
    return new Nf4Blocks();
  }

  private static Float8Blocks float8(ConfigReader found) {
    List<Integer> size = found.ints("weight_block_size");
    if (size.size() != 2 || size.get(0) < 1 || size.get(1) < 1) {
      throw found.error("weight_block_size", "must be two sizes of at least 1, got " + size);
    }
    return new Float8Blocks(size.get(0), size.get(1));
  }
}
