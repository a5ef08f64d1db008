package dev.rapt.tokenizer.types;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The tokenizer of a GGUF file: the values of its keys {@code tokenizer.ggml...}.
 *
 * @param file path of the file, for errors
 * @param model {@code llama} (SentencePiece BPE), {@code gpt2} (byte-level BPE), {@code bert}
 *     (WordPiece) or {@code t5} (Unigram)
 * @param preTokenizer name of the split pattern of {@code gpt2}: {@code llama-bpe}, {@code qwen2},
 *     ...; empty if there is none
 * @param tokens tokens in order of id
 * @param scores scores of {@code llama} and {@code t5}, else empty
 * @param kinds kinds of the tokens; empty if all are normal
 * @param merges merges of {@code gpt2} in order of rank, both parts with a space between, else
 *     empty
 * @param special ids of special tokens by name: {@code bos_token}, {@code eos_token}, ...
 * @param flags settings that the file has: {@code add_bos_token}, {@code add_space_prefix}, ...
 * @param charsMap SentencePiece's precompiled character map in Base64; null for none
 */
public record GgmlVocabulary(
    String file,
    String model,
    String preTokenizer,
    List<String> tokens,
    List<Float> scores,
    List<Kind> kinds,
    List<String> merges,
    Map<String, Integer> special,
    Map<String, Boolean> flags,
    @Nullable String charsMap) {

  /** The keys of files that hold the ids of special tokens, by the names of the tokens. */
  public static final Map<String, String> SPECIAL_KEYS =
      Map.of(
          "bos_token", "tokenizer.ggml.bos_token_id",
          "eos_token", "tokenizer.ggml.eos_token_id",
          "unk_token", "tokenizer.ggml.unknown_token_id",
          "sep_token", "tokenizer.ggml.seperator_token_id", // spelt so in the files
          "pad_token", "tokenizer.ggml.padding_token_id",
          "cls_token", "tokenizer.ggml.cls_token_id",
          "mask_token", "tokenizer.ggml.mask_token_id");

  /** Kind of a token. */
  public enum Kind {
    /** A piece of text. */
    NORMAL(1),
    /** Stands for text that has no token. */
    UNKNOWN(2),
    /** A special token. */
    CONTROL(3),
    /** A token that is matched in a text before all others. */
    USER_DEFINED(4),
    /** A token that no text has. */
    UNUSED(5),
    /** A byte, such as {@code <0x0A>}. */
    BYTE(6);

    private final int number;

    Kind(int number) {
      this.number = number;
    }

    /** {@return the number of the kind in files} */
    public int number() {
      return number;
    }
  }

  /**
   * Checks sizes and ids, and copies lists and maps.
   *
   * @throws TokenizerFileException if there are no tokens, scores or kinds are not as many as the
   *     tokens, or the id of a special token has no token
   */
  public GgmlVocabulary {
    tokens = List.copyOf(tokens);
    scores = List.copyOf(scores);
    kinds = List.copyOf(kinds);
    merges = List.copyOf(merges);
    special = Map.copyOf(special);
    flags = Map.copyOf(flags);
    int size = tokens.size();
    if (size == 0) {
      throw new TokenizerFileException(
          file, "tokenizer.ggml.tokens", "must not be empty, got no tokens", null);
    }
    requireAsMany(file, "scores", scores, size);
    requireAsMany(file, "token_type", kinds, size);
    special.forEach((name, id) -> {
      if (id < 0 || id >= size) {
        throw new TokenizerFileException(
            file,
            SPECIAL_KEYS.getOrDefault(name, name),
            "must be below %d, the number of tokens, got %d".formatted(size, id),
            null);
      }
    });
  }

  private static void requireAsMany(String file, String key, List<?> values, int size) {
    if (!values.isEmpty() && values.size() != size) {
      throw new TokenizerFileException(
          file,
          "tokenizer.ggml." + key,
          "must have a value for each of the %d tokens, got %d".formatted(size, values.size()),
          null);
    }
  }

  /** {@return the kind of a token} */
  public Kind kind(int id) {
    return kinds.isEmpty() ? Kind.NORMAL : kinds.get(id);
  }

  /**
   * Returns a setting.
   *
   * @param name such as {@code add_bos_token}
   * @param usual its value in files that leave it out
   * @return the setting
   */
  public boolean flag(String name, boolean usual) {
    return flags.getOrDefault(name, usual);
  }
}
