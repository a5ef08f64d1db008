package dev.rapt.model.convert;

import dev.rapt.gguf.GgufRows;
import dev.rapt.quant.ggml.GgmlType;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Types of the tensors of a GGUF file that is quantised. Vectors, routers, tables of positions and
 * of token types stay in F32.
 *
 * @param matrices type of the matrices
 * @param head type of the head, or of token embeddings that serve as head; null for that of the
 *     matrices
 */
public record GgmlTypes(GgmlType matrices, @Nullable GgmlType head) {
  private static final Pattern KEPT =
      Pattern.compile(
          ".*norm.*|.*\\.ffn_gate_inp\\..*|position_embd\\..*|token_types\\..*|.*\\.attn_rel_b\\..*|.*\\.bias|.*sinks.*");

  private static final Pattern HEAD = Pattern.compile("(output|token_embd)\\.weight");

  /** Numbers of llama.cpp's {@code enum llama_ftype}. */
  private static final Map<GgmlType, Integer> FILE_TYPES =
      Map.ofEntries(
          Map.entry(GgmlType.F32, 0),
          Map.entry(GgmlType.F16, 1),
          Map.entry(GgmlType.Q4_0, 2),
          Map.entry(GgmlType.Q4_1, 3),
          Map.entry(GgmlType.Q8_0, 7),
          Map.entry(GgmlType.Q5_0, 8),
          Map.entry(GgmlType.Q5_1, 9),
          Map.entry(GgmlType.Q2_K, 10),
          Map.entry(GgmlType.Q3_K, 11),
          Map.entry(GgmlType.Q4_K, 14),
          Map.entry(GgmlType.Q5_K, 16),
          Map.entry(GgmlType.Q6_K, 18),
          Map.entry(GgmlType.IQ4_NL, 25),
          Map.entry(GgmlType.IQ4_XS, 30),
          Map.entry(GgmlType.BF16, 32),
          Map.entry(GgmlType.TQ1_0, 36),
          Map.entry(GgmlType.TQ2_0, 37),
          Map.entry(GgmlType.MXFP4, 38));

  /**
   * Checks the types.
   *
   * @throws IllegalArgumentException if values cannot be quantised to one of them
   */
  public GgmlTypes {
    requirePossible(matrices);
    if (head != null) {
      requirePossible(head);
    }
  }

  private static void requirePossible(GgmlType type) {
    if (!possible().contains(type)) {
      throw new IllegalArgumentException(
          "type: must be one of %s, got %s".formatted(possible(), type));
    }
  }

  /** Returns the types that weights can be written in. */
  public static List<GgmlType> possible() {
    return Arrays.stream(GgmlType.values())
        .filter(type ->
            type.quantizes()
                || type == GgmlType.F32
                || type == GgmlType.F16
                || type == GgmlType.BF16)
        .toList();
  }

  /**
   * Returns the type of a tensor: one with smaller blocks and at least as many bits where rows are
   * no whole blocks, as llama.cpp falls back, and F16 where none fits.
   */
  GgmlType of(GgufRows tensor) {
    if (tensor.shape().rank() < 2 || KEPT.matcher(tensor.name()).matches()) {
      return GgmlType.F32;
    }
    GgmlType wanted = head != null && HEAD.matcher(tensor.name()).matches() ? head : matrices;
    long cols = tensor.cols();
    if (cols % wanted.blockValues() == 0) {
      return wanted;
    }
    GgmlType smaller =
        switch (wanted) {
          case Q4_K -> GgmlType.Q5_0;
          case Q5_K -> GgmlType.Q5_1;
          case Q6_K -> GgmlType.Q8_0;
          default -> GgmlType.IQ4_NL;
        };
    return cols % smaller.blockValues() == 0 ? smaller : GgmlType.F16;
  }

  /** Returns the number by which files name the type of most of their matrices. */
  static int fileType(Collection<GgmlType> types) {
    Map<GgmlType, Integer> counts = new EnumMap<>(GgmlType.class);
    for (GgmlType type : types) {
      if (type != GgmlType.F32) {
        counts.merge(type, 1, Integer::sum);
      }
    }
    return counts.entrySet().stream()
        .max(Comparator.comparingInt(Map.Entry::getValue))
        .map(entry -> FILE_TYPES.getOrDefault(entry.getKey(), 1))
        .orElse(0);
  }
}
