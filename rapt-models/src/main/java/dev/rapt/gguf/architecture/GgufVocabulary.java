package dev.rapt.gguf.architecture;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.gguf.GgufMetadata;
import dev.rapt.tokenizer.GgmlTokenizer;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.GgmlVocabulary.Kind;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The tokenizer in the metadata of a GGUF file. */
public final class GgufVocabulary {
  private static final String START = "tokenizer.ggml.";

  /** A whole tokenizer.json, for what the other keys do not say. */
  private static final String WHOLE = "tokenizer.huggingface.json";

  private static final List<String> FLAGS =
      List.of(
          "add_bos_token",
          "add_eos_token",
          "add_sep_token",
          "add_space_prefix",
          "remove_extra_whitespaces");

  private GgufVocabulary() {}

  /**
   * Returns the tokenizer of a file.
   *
   * @throws CheckpointException if a key is missing or has another type
   * @throws dev.rapt.tokenizer.types.TokenizerFileException if the tokenizer is of an unknown kind
   */
  public static Tokenizer tokenizer(GgufMetadata metadata) {
    GgmlVocabulary vocabulary = of(metadata);
    return metadata.has(WHOLE)
        ? GgmlTokenizer.of(vocabulary, metadata.text(WHOLE))
        : GgmlTokenizer.of(vocabulary);
  }

  /**
   * Reads the vocabulary of a file.
   *
   * @throws CheckpointException if a key is missing or has another type
   */
  public static GgmlVocabulary of(GgufMetadata metadata) {
    Map<String, Integer> special = new HashMap<>();
    GgmlVocabulary.SPECIAL_KEYS.forEach((name, key) -> {
      if (metadata.has(key)) {
        special.put(name, ConfigKeys.integer(metadata, key));
      }
    });
    Map<String, Boolean> flags = new HashMap<>();
    for (String flag : FLAGS) {
      if (metadata.has(START + flag)) {
        flags.put(flag, metadata.flag(START + flag, false));
      }
    }
    return new GgmlVocabulary(
        metadata.file().toString(),
        metadata.text(START + "model"),
        metadata.has(START + "pre") ? metadata.text(START + "pre") : "",
        metadata.array(START + "tokens", String.class),
        list(metadata, "scores", Float.class),
        kinds(metadata),
        list(metadata, "merges", String.class),
        special,
        flags,
        charsMap(metadata));
  }

  private static <T> List<T> list(GgufMetadata metadata, String key, Class<T> type) {
    return metadata.has(START + key) ? metadata.array(START + key, type) : List.of();
  }

  private static List<Kind> kinds(GgufMetadata metadata) {
    List<Kind> kinds = new ArrayList<>();
    for (long number : list(metadata, "token_type", Long.class)) {
      if (number < 1 || number > Kind.values().length) {
        throw new CheckpointException(
            metadata.file(),
            START + "token_type",
            "must be from 1 to %d, got %d".formatted(Kind.values().length, number));
      }
      kinds.add(Kind.values()[(int) number - 1]);
    }
    return kinds;
  }

  private static @Nullable String charsMap(GgufMetadata metadata) {
    List<Long> map = list(metadata, "precompiled_charsmap", Long.class);
    if (map.isEmpty()) {
      return null;
    }
    byte[] bytes = new byte[map.size()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = map.get(i).byteValue();
    }
    return Base64.getEncoder().encodeToString(bytes);
  }
}
