package dev.rapt.model.summary;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.quant.Quantization;
import dev.rapt.tensor.Shape;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The number of parameters in each part of a model, distinguished by tensor names. Only the headers
 * of a checkpoint are read.
 *
 * @param counts parameters of each part that occurs
 * @param byType parameters of each dtype in the file
 */
public record ParameterParts(Map<Part, Long> counts, Map<String, Long> byType) {
  /** A part of a model. A tensor belongs to the first part whose pattern occurs in its name. */
  public enum Part {
    /** Experts of a mixture. */
    EXPERTS("\\bexperts\\b|block_sparse_moe\\.(input|output)_linear"),
    /** Position embeddings and relative position biases. */
    POSITIONS(
        "wpe|position_embeddings|embed_positions|relative_attention_bias|rel_embeddings|pos_emb"),
    /** Token and segment embeddings. */
    EMBEDDING(
        "wte|embed_tokens|word_embeddings|embed_in\\b|shared\\.weight|token_type_embeddings|patch_embed"),
    /** Head. */
    HEAD("lm_head|embed_out|cls\\.|classifier|\\bscore\\.|qa_outputs|generator_lm_head"),
    /** Norms. */
    NORM("norm|\\bln_|\\bln\\b|layer_?norm"),
    /** Routers of experts. */
    ROUTER("router|\\bgate\\.(weight|bias|e_score)|block_sparse_moe\\.gate"),
    /** Attention and recurrent mixers. */
    ATTENTION("attn|attention|\\b[qkvo]_proj|mixer|\\blstm\\b"),
    /** MLPs. */
    MLP("mlp|ffn|feed_forward|\\bfc[12]?\\b|intermediate|output\\.dense|DenseReluDense|dense_"),
    /** All other parameters. */
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

    /** Returns the name in lower case. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * Counts the parameters of a checkpoint.
   *
   * @param quantization the format of its matrices
   */
  public static ParameterParts of(Checkpoint checkpoint, Quantization quantization) {
    Map<Part, Long> counts = new EnumMap<>(Part.class);
    Map<String, Long> byType = new TreeMap<>();
    for (String name : checkpoint.names()) {
      StoredCount stored = StoredCount.of(checkpoint, name, quantization);
      if (stored.weights() > 0) {
        counts.merge(Part.of(name), stored.weights(), Long::sum);
        byType.merge(stored.type(), stored.weights(), Long::sum);
      }
    }
    return new ParameterParts(counts, byType);
  }

  /** Counts parameters by their names and shapes; their types are unknown. */
  public static ParameterParts of(Map<String, Shape> parameters) {
    Map<Part, Long> counts = new EnumMap<>(Part.class);
    parameters.forEach(
        (name, shape) -> counts.merge(Part.of(name), shape.numElements(), Long::sum));
    return new ParameterParts(counts, Map.of());
  }

  /** Returns the number of all parameters. */
  public long total() {
    return counts.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Returns the number of parameters of a part; 0 if it does not occur. */
  public long of(Part part) {
    return counts.getOrDefault(part, 0L);
  }

  /**
   * Returns the number of active parameters per token: all but the experts that the router does not
   * select.
   */
  public long activePerToken(ModelSizes sizes) {
    long experts = of(Part.EXPERTS);
    long idle =
        sizes.numExperts() == 0
            ? 0
            : experts - experts * sizes.activeExperts() / sizes.numExperts();
    return total() - idle;
  }

  /**
   * Returns the bytes of memory for all parameters at each precision. {@code training_f32} includes
   * gradients and AdamW's two moments.
   */
  public Map<String, Long> bytesByPrecision() {
    long count = total();
    Map<String, Long> bytes = new LinkedHashMap<>();
    bytes.put("f32", 4 * count);
    bytes.put("bf16", 2 * count);
    // quantised weights have a 16-bit scale factor per block of 32
    bytes.put("int8", count + count / 16);
    bytes.put("int4", count / 2 + count / 16);
    bytes.put("training_f32", 16 * count);
    return bytes;
  }
}
