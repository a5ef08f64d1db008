package dev.rapt.quant;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.kernel.FourBitCode;
import java.util.List;
import java.util.Optional;

/** Quantisation format of a checkpoint's matrices: {@code quantization_config} in config.json. */
public sealed interface Quantization
    permits Quantization.None,
        Quantization.Float8Blocks,
        Quantization.Float8Scales,
        Quantization.MxFp4Blocks,
        Quantization.FourBitBlocks,
        Quantization.Int8Rows,
        GptqFormat,
        AwqFormat,
        CompressedFormat {

  /** No quantisation. */
  record None() implements Quantization {
    @Override
    public String label() {
      return "none";
    }
  }

  /**
   * FP8: a matrix {@code x} is stored in 8-bit floats, with a scale factor per block in {@code
   * x_scale_inv}.
   *
   * @param blockRows rows of a block
   * @param blockCols columns of a block
   */
  record Float8Blocks(int blockRows, int blockCols) implements Quantization {
    @Override
    public String label() {
      return "fp8, 8 bits, blocks of %d x %d".formatted(blockRows, blockCols);
    }
  }

  /**
   * FP8: a matrix {@code x} is stored in 8-bit floats, with one scale factor, or one for each row,
   * in {@code x_scale_inv} or {@code x_scale}.
   */
  record Float8Scales() implements Quantization {
    @Override
    public String label() {
      return "fp8, 8 bits";
    }
  }

  /**
   * MXFP4: a stack of matrices {@code x} (X, input, output) is stored as {@code x_blocks} (X,
   * output, input / 32, 16) and {@code x_scales} (X, output, input / 32).
   */
  record MxFp4Blocks() implements Quantization {
    @Override
    public String label() {
      return "MXFP4, 4 bits, blocks of 32";
    }
  }

  /**
   * NF4 or FP4 of bitsandbytes: the matrix of a linear layer {@code x} is stored as bytes, with its
   * scales in {@code x.absmax} and what else is needed in {@code x.quant_state.bitsandbytes__nf4}
   * (or {@code __fp4}) and other tensors beside it.
   */
  record FourBitBlocks(FourBitCode code) implements Quantization {
    @Override
    public String label() {
      return "bitsandbytes %s, 4 bits, blocks of %d".formatted(code, FourBits.BLOCK_VALUES);
    }
  }

  /**
   * LLM.int8 of bitsandbytes (arXiv:2208.07339): the matrix of a linear layer is stored in 8-bit
   * integers, with the largest magnitude of each row in {@code SCB} beside it.
   */
  record Int8Rows() implements Quantization {
    @Override
    public String label() {
      return "bitsandbytes int8, 8 bits";
    }
  }

  /** Returns the format in words: {@code GPTQ, 4 bits, groups of 128}. */
  String label();

  /**
   * Returns whether matrices stay in the mapped file; else they are rearranged in memory, once,
   * when they are loaded.
   */
  default boolean staysMapped() {
    return true;
  }

  /**
   * Reads the format from a config.json.
   *
   * @throws CheckpointException if it names an unsupported format
   */
  static Quantization parse(ConfigReader config) {
    ConfigReader found = find(config).orElse(null);
    if (found == null) {
      return new None();
    }
    String method = found.requireString("quant_method");
    return switch (method) {
      case "fp8" -> float8(found);
      case "fbgemm_fp8" -> new Float8Scales();
      case "mxfp4" -> new MxFp4Blocks();
      case "bitsandbytes" -> bitsAndBytes(found);
      case "gptq" -> GptqFormat.parse(found);
      case "awq" -> AwqFormat.parse(found);
      case "compressed-tensors" -> CompressedFormat.parse(found);
      default ->
          throw found.error(
              "quant_method",
              "must be fp8, fbgemm_fp8, mxfp4, bitsandbytes, gptq, awq or compressed-tensors, got "
                  + method
                  + "; use a release of the model in one of these, in bf16 or f16");
    };
  }

  /** Returns the object that describes the format, of a model or of its text part. */
  private static Optional<ConfigReader> find(ConfigReader config) {
    return config
        .object("quantization_config")
        .or(() -> config.object("text_config").flatMap(text -> text.object("quantization_config")));
  }

  private static Quantization bitsAndBytes(ConfigReader found) {
    if (found.boolOr("load_in_8bit", false)) {
      return new Int8Rows();
    }
    if (!found.boolOr("load_in_4bit", false)) {
      throw found.error(
          "load_in_4bit", "must be true, or load_in_8bit; use a release in bf16 or f16");
    }
    String type = found.stringOr("bnb_4bit_quant_type", "fp4");
    return switch (type) {
      case "nf4" -> new FourBitBlocks(FourBitCode.NF4);
      case "fp4" -> new FourBitBlocks(FourBitCode.FP4);
      default ->
          throw found.error(
              "bnb_4bit_quant_type",
              "must be nf4 or fp4, got %s; use a release in bf16 or f16".formatted(type));
    };
  }

  private static Quantization float8(ConfigReader found) {
    if (!found.has("weight_block_size") || found.json().get("weight_block_size").isNull()) {
      return new Float8Scales();
    }
    List<Integer> size = found.ints("weight_block_size");
    if (size.size() != 2 || size.get(0) < 1 || size.get(1) < 1) {
      throw found.error("weight_block_size", "must be two sizes of at least 1, got " + size);
    }
    return new Float8Blocks(size.get(0), size.get(1));
  }
}
