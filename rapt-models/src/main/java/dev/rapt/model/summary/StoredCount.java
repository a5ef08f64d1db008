package dev.rapt.model.summary;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.StoredType;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.quant.AwqFormat;
import dev.rapt.quant.GptqFormat;
import dev.rapt.quant.Quantization;
import dev.rapt.tensor.DType;
import java.lang.foreign.ValueLayout;
import java.util.List;

/**
 * The weights that a tensor of a checkpoint holds. Scales and other tensors that belong to a
 * quantised matrix hold none.
 *
 * @param weights number of weights
 * @param type name of their type
 */
record StoredCount(long weights, String type) {
  private static final String STATE = ".quant_state.bitsandbytes__";

  /** Endings of tensors beside a quantised matrix, and what the matrix ends in instead. */
  private static final List<List<String>> BESIDE =
      List.of(
          List.of("_scale_inv", ""),
          List.of("_scales", "_blocks"),
          List.of("qzeros", "qweight"),
          List.of("scales", "qweight"),
          List.of("g_idx", "qweight"),
          List.of("weight_format", "SCB"),
          List.of("SCB", "weight"),
          List.of("input_scale", "weight"),
          List.of("activation_scale", "weight"),
          List.of("_scale", ""),
          List.of("_scale", "_packed"),
          List.of("_zero_point", ""),
          List.of("_zero_point", "_packed"),
          List.of("_g_idx", "_packed"),
          List.of("_shape", "_packed"));

  static StoredCount of(Checkpoint checkpoint, String name, Quantization quantization) {
    StoredType type = checkpoint.type(name);
    boolean isNoWeight = name.endsWith(".inv_freq") || type == StoredType.BOOL;
    if (isNoWeight || isBeside(checkpoint, name)) {
      return new StoredCount(0, type.label());
    }
    long elements = checkpoint.shape(name).numElements();
    if (name.endsWith("_blocks") && type == StoredType.U8) {
      return new StoredCount(2 * elements, "mxfp4");
    }
    for (String code : List.of("nf4", "fp4")) {
      if (checkpoint.has(name + STATE + code)) {
        return new StoredCount(2 * elements, code);
      }
    }
    if (name.endsWith(".qweight") && type == StoredType.I32) {
      int bits = bits(checkpoint, name, quantization);
      return new StoredCount(elements * Integer.SIZE / bits, "int" + bits);
    }
    String sizes = name.replaceFirst("_packed$", "_shape");
    if (name.endsWith("_packed") && checkpoint.has(sizes)) {
      return packed(checkpoint.entry(sizes), elements);
    }
    return new StoredCount(elements, type.label());
  }

  /** Returns the bits of integers in GPTQ or AWQ; of a layer with its own, from its inputs. */
  private static int bits(Checkpoint checkpoint, String name, Quantization quantization) {
    String inputs = name.replaceFirst("qweight$", "g_idx");
    return switch (quantization) {
      case GptqFormat gptq when gptq.varies() && checkpoint.has(inputs) -> {
        long words = checkpoint.shape(name).dim(0);
        long count = Math.max(1, checkpoint.shape(inputs).numElements());
        yield Math.toIntExact(Math.max(1, words * Integer.SIZE / count));
      }
      case GptqFormat gptq -> gptq.bits();
      default -> AwqFormat.BITS;
    };
  }

  /** Counts weights of compressed-tensors, whose rows may end in padding, by their stored sizes. */
  private static StoredCount packed(TensorEntry sizes, long words) {
    boolean isWide = sizes.dtype() == DType.I64;
    long count = 1;
    for (long i = 0; i < sizes.shape().numElements(); i++) {
      count *=
          isWide
              ? sizes.data().getAtIndex(ValueLayout.JAVA_LONG_UNALIGNED, i)
              : sizes.data().getAtIndex(ValueLayout.JAVA_INT_UNALIGNED, i);
    }
    return new StoredCount(count, "int" + words * Integer.SIZE / Math.max(1, count));
  }

  private static boolean isBeside(Checkpoint checkpoint, String name) {
    for (List<String> pair : BESIDE) {
      String ending = pair.getFirst();
      if (name.endsWith(ending)
          && checkpoint.has(name.substring(0, name.length() - ending.length()) + pair.get(1))) {
        return true;
      }
    }
    int weight = name.lastIndexOf(".weight.");
    String matrix = weight < 0 ? "" : name.substring(0, weight + ".weight".length());
    return checkpoint.has(matrix + STATE + "nf4") || checkpoint.has(matrix + STATE + "fp4");
  }
}
