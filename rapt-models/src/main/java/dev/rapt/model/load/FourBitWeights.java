package dev.rapt.model.load;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.checkpoint.Weights;
import dev.rapt.kernel.FourBitCode;
import dev.rapt.quant.BlockScales;
import dev.rapt.quant.FourBits;
import dev.rapt.quant.PackedWeight;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Shape;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.Locale;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * NF4 and FP4 matrices as bitsandbytes stores them in safetensors. Beside the codes {@code x} there
 * are
 *
 * <pre>
 * x.absmax                        scales: f32, or 8-bit codes with double quantisation
 * x.nested_absmax                 f32, scales of the 8-bit codes
 * x.nested_quant_map              f32 (256), values of the 8-bit codes
 * x.quant_map                     f32 (16), values of the 4-bit codes
 * x.quant_state.bitsandbytes__nf4 JSON: dtype, shape, block sizes, mean of the scales; or __fp4
 * </pre>
 */
record FourBitWeights(FourBitCode code) implements PackedWeights {
  private String state() {
    return ".quant_state.bitsandbytes__" + code.name().toLowerCase(Locale.ROOT);
  }

  @Override
  public boolean has(Weights weights, String name) {
    return weights.has(name + state());
  }

  @Override
  public PackedWeight get(
      Scope scope, Weights weights, String name, boolean inputMajor, long... shape) {
    return new Stored(code, weights, name, name + state()).read(inputMajor, shape);
  }

  /** The tensors of one matrix. */
  private record Stored(FourBitCode code, Weights weights, String name, String stateName) {
    private PackedWeight read(boolean inputMajor, long... shape) {
      JsonNode state = state();
      long rows = shape[inputMajor ? 1 : 0];
      long cols = shape[inputMajor ? 0 : 1];
      requireEqual("blocksize", FourBits.BLOCK_VALUES, state.path("blocksize"));
      requireEqual(
          "shape", JsonMapper.shared().valueToTree(List.of(rows, cols)), state.path("shape"));
      requireTable();
      long n = rows * cols;
      TensorEntry codes = weights.tensor(name, DType.U8, Math.ceilDiv(n, 2L), 1);
      long numBlocks = Math.ceilDiv(n, (long) FourBits.BLOCK_VALUES);
      FourBits packed =
          new FourBits(code, codes.data(), scales(state, numBlocks), type(state), rows, cols);
      return new PackedWeight(Shape.of(shape), List.of(packed), inputMajor);
    }

    private JsonNode state() {
      TensorEntry entry = weights.find(weights.fullName(stateName)).orElseThrow();
      weights.markUsed(entry.name());
      try {
        return JsonMapper.shared().readTree(entry.data().toArray(ValueLayout.JAVA_BYTE));
      } catch (JacksonException e) {
        throw weights.error(stateName, "must be JSON, but " + e.getMessage());
      }
    }

    private BlockScales scales(JsonNode state, long numBlocks) {
      String absmax = name + ".absmax";
      if (!weights.has(name + ".nested_absmax")) {
        return new BlockScales.Plain(weights.tensor(absmax, DType.F32, numBlocks).data());
      }
      requireEqual(
          "nested_blocksize", BlockScales.Doubled.BLOCK_SCALES, state.path("nested_blocksize"));
      if (!state.path("nested_offset").isNumber()) {
        throw error("nested_offset", "must be a number, got " + state.path("nested_offset"));
      }
      long numOuter = Math.ceilDiv(numBlocks, (long) BlockScales.Doubled.BLOCK_SCALES);
      return new BlockScales.Doubled(
          weights.tensor(absmax, DType.U8, numBlocks).data(),
          weights.tensor(name + ".nested_absmax", DType.F32, numOuter).data(),
          weights.tensor(name + ".nested_quant_map", DType.F32, 256).data(),
          (float) state.path("nested_offset").asDouble());
    }

    private void requireTable() {
      float[] wanted = code.table();
      float[] found =
          weights
              .tensor(name + ".quant_map", DType.F32, wanted.length)
              .data()
              .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
      for (int i = 0; i < wanted.length; i++) {
        if (found[i] != wanted[i]) {
          throw error(
              "quant_map",
              "must hold the 16 values of %s, got %s at %d".formatted(code, found[i], i));
        }
      }
    }

    private DType type(JsonNode state) {
      String type = state.path("dtype").asString("");
      return switch (type) {
        case "float32" -> DType.F32;
        case "bfloat16" -> DType.BF16;
        case "float16" -> DType.F16;
        default -> throw error("dtype", "must be float32, bfloat16 or float16, got " + type);
      };
    }

    private void requireEqual(String key, Object wanted, JsonNode got) {
      if (!got.toString().equals(wanted.toString())) {
        throw error(key, "must be %s, got %s".formatted(wanted, got));
      }
    }

    private CheckpointException error(String key, String problem) {
      return weights.error(name, "(" + key + ") " + problem);
    }
  }
}
