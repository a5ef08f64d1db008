package dev.rapt.gguf.architecture;

import dev.rapt.gguf.GgufMetadata;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Ids of special tokens in a GGUF file.
 *
 * @param bos beginning of a text, or null
 * @param ends tokens that end a text, the end-of-text token first
 * @param pad padding, or null
 */
public record SpecialIds(@Nullable Integer bos, List<Integer> ends, @Nullable Integer pad) {
  private static final String TOKENS = "tokenizer.ggml.tokens";
  private static final String KINDS = "tokenizer.ggml.token_type";
  private static final long CONTROL = GgmlVocabulary.Kind.CONTROL.number();

  /** Tokens that end a turn of a conversation, by their texts, as llama.cpp has them. */
  private static final Set<String> ENDS_OF_TURN =
      Set.of(
          "<|eot_id|>",
          "<|eom_id|>",
          "<|im_end|>",
          "<|end|>",
          "<|return|>",
          "<|call|>",
          "<|endoftext|>",
          "<end_of_turn>",
          "< EOT >",
          "<EOT>",
          "_<EOT>");

  /** Reads the ids of a file. */
  public static SpecialIds of(GgufMetadata metadata) {
    List<Integer> ends = new ArrayList<>();
    for (String name : List.of("eos", "eot", "eom")) {
      Integer id = id(metadata, "tokenizer.ggml." + name + "_token_id");
      if (id != null && !ends.contains(id)) {
        ends.add(id);
      }
    }
    if (metadata.has(TOKENS) && metadata.has(KINDS)) {
      List<String> tokens = metadata.array(TOKENS, String.class);
      List<Long> kinds = metadata.array(KINDS, Long.class);
      for (int id = 0; id < Math.min(tokens.size(), kinds.size()); id++) {
        boolean isEnd = kinds.get(id) == CONTROL && ENDS_OF_TURN.contains(tokens.get(id));
        if (isEnd && !ends.contains(id)) {
          ends.add(id);
        }
      }
    }
    return new SpecialIds(
        id(metadata, "tokenizer.ggml.bos_token_id"),
        List.copyOf(ends),
        id(metadata, "tokenizer.ggml.padding_token_id"));
  }

  private static @Nullable Integer id(GgufMetadata metadata, String key) {
    return metadata.has(key) ? (Integer) ConfigKeys.integer(metadata, key) : null;
  }

  /** Writes the keys of a config.json or generation_config.json. */
  public void write(ObjectNode json) {
    if (bos != null) {
      json.put("bos_token_id", bos);
    }
    if (ends.size() == 1) {
      json.put("eos_token_id", ends.getFirst());
    } else if (!ends.isEmpty()) {
      ArrayNode all = json.putArray("eos_token_id");
      ends.forEach(all::add);
    }
    if (pad != null) {
      json.put("pad_token_id", pad);
    }
  }
}
