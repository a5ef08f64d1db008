package dev.rapt.cli;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.tensor.DType;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The single weights of a checkpoint by the part of the model they are in, found by what tensors
 * are called in the families of the field. Reads headers alone.
 *
 * @param counts weights of each part that is there
 * @param byType weights of each element type in the file
 */
record ParameterParts(Map<Part, Long> counts, Map<String, Long> byType) {
  /** A part of a model; the first whose pattern is found in a name is meant. */
  enum Part {
    EXPERTS("\\bexperts\\b|block_sparse_moe\\.(input|output)_linear"),
    POSITIONS(
        "wpe|position_embeddings|embed_positions|relative_attention_bias|rel_embeddings|pos_emb"),
    EMBEDDING(
        "wte|embed_tokens|word_embeddings|embed_in\\b|shared\\.weight|token_type_embeddings|patch_embed"),
    HEAD("lm_head|embed_out|cls\\.|classifier|\\bscore\\.|qa_outputs|generator_lm_head"),
    NORM("norm|\\bln_|\\bln\\b|layer_?norm"),
    ROUTER("router|\\bgate\\.(weight|bias|e_score)|block_sparse_moe\\.gate"),
    ATTENTION("attn|attention|\\b[qkvo]_proj|mixer"),
    MLP("mlp|ffn|feed_forward|\\bfc[12]?\\b|intermediate|output\\.dense|DenseReluDense|dense_"),
    OTHER("");

    private final Pattern pattern;

    Part(String regex) {
      pattern = Pattern.compile(regex, Pattern.CASE_INSENSITIVE);
    }

    static Part of(String tensor) {
      for (Part part : values()) {
        if (part.pattern.matcher(tensor).find()) {
          return part;
        }
      }
      return OTHER;
    }

    String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Counts the weights of a checkpoint. */
  static ParameterParts of(Checkpoint checkpoint) {
    Map<Part, Long> counts = new EnumMap<>(Part.class);
    Map<String, Long> byType = new TreeMap<>();
    for (String name : checkpoint.names()) {
      TensorEntry entry = checkpoint.entry(name);
      long count = numWeights(checkpoint, name, entry);
      if (count > 0) {
        counts.merge(Part.of(name), count, Long::sum);
        byType.merge(typeOf(name, entry), count, Long::sum);
      }
    }
    return new ParameterParts(counts, byType);
  }

  /** Packed matrices count by what they stand for; their factors do not. */
  private static long numWeights(Checkpoint checkpoint, String name, TensorEntry entry) {
    boolean isFactor =
        name.endsWith("_scale_inv")
            || (name.endsWith("_scales")
                && checkpoint.has(name.replaceFirst("_scales$", "_blocks")));
    boolean isNoWeight = name.endsWith(".inv_freq") || entry.dtype() == DType.BOOL;
    if (isFactor || isNoWeight) {
      return 0;
    }
    return isMxFp4(name, entry) ? 2 * entry.shape().numElements() : entry.shape().numElements();
  }

  private static boolean isMxFp4(String name, TensorEntry entry) {
    return name.endsWith("_blocks") && entry.dtype() == DType.U8;
  }

  private static String typeOf(String name, TensorEntry entry) {
    return isMxFp4(name, entry) ? "mxfp4" : entry.dtype().label();
  }

  /** All weights. */
  long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Weights of a part, 0 if it is not there. */
  long of(Part part) {
    return counts.getOrDefault(part, 0L);
  }
}
