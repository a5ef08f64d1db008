package dev.rapt.tokenizer;

import dev.rapt.tokenizer.files.GgmlExport;
import dev.rapt.tokenizer.files.GgmlTokenizers;
import dev.rapt.tokenizer.json.TokenizerReader;
import dev.rapt.tokenizer.json.TokenizerWriter;
import dev.rapt.tokenizer.types.GgmlVocabulary;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;

/** Tokenizers inside GGUF files. */
public final class GgmlTokenizer {
  private GgmlTokenizer() {}

  /**
   * Creates the tokenizer of a GGUF file.
   *
   * @param vocabulary what the file says
   * @return the tokenizer
   * @throws TokenizerFileException if the vocabulary is of an unknown kind, or its parts contradict
   *     each other
   */
  public static Tokenizer of(GgmlVocabulary vocabulary) {
    return Tokenizer.of(
        GgmlTokenizers.definition(vocabulary), GgmlTokenizers.tokenNames(vocabulary));
  }

  /**
   * Creates the tokenizer of a GGUF file that has a whole tokenizer.json.
   *
   * @param vocabulary what else the file says
   * @param json the tokenizer.json
   * @return the tokenizer
   * @throws TokenizerFileException if it is not a valid tokenizer
   */
  public static Tokenizer of(GgmlVocabulary vocabulary, String json) {
    return Tokenizer.of(
        TokenizerReader.read(
            vocabulary.file() + ": tokenizer.huggingface.json",
            json.getBytes(StandardCharsets.UTF_8)),
        GgmlTokenizers.tokenNames(vocabulary));
  }

  /**
   * Returns the special tokens of a GGUF file.
   *
   * @return tokens by name, like {@code bos_token}
   */
  public static Map<String, String> tokenNames(GgmlVocabulary vocabulary) {
    return GgmlTokenizers.tokenNames(vocabulary);
  }

  /**
   * Returns a tokenizer as a GGUF file has it.
   *
   * @param file where the tokenizer is from, for errors
   * @param size number of tokens to write, at least those of the tokenizer: the rows of the model's
   *     embedding
   * @return the vocabulary
   * @throws TokenizerFileException if GGUF cannot express the tokenizer
   */
  public static GgmlVocabulary vocabulary(String file, Tokenizer tokenizer, int size) {
    return GgmlExport.of(file, tokenizer.definition(), tokenizer.tokenNames(), size);
  }

  /**
   * Returns the tokenizer.json of a tokenizer if its vocabulary in a GGUF file does not say all of
   * it.
   *
   * @param vocabulary that of the tokenizer
   * @return the tokenizer.json, or nothing if it follows from the vocabulary
   */
  public static Optional<String> remainder(Tokenizer tokenizer, GgmlVocabulary vocabulary) {
    String json = TokenizerWriter.text(tokenizer.definition());
    return TokenizerWriter.text(GgmlTokenizers.definition(vocabulary)).equals(json)
        ? Optional.empty()
        : Optional.of(json);
  }
}
