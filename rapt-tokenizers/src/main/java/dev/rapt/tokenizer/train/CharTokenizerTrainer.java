package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.types.AddedToken;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Trains a character-level tokenizer: collects the characters (code points) of texts and makes each
 * a token. Special tokens come first, then the characters in order of their code points.
 *
 * @implNote The tokenizer is a BPE model without merges, which other libraries load with the same
 *     ids. Encoding drops characters that are not in the vocabulary, as these libraries do.
 */
public final class CharTokenizerTrainer {
  private final BitSet seen = new BitSet();

  /** Creates a trainer without characters. */
  public CharTokenizerTrainer() {}

  /**
   * Adds the characters of a text.
   *
   * @param text the text
   * @return this trainer
   */
  public CharTokenizerTrainer add(CharSequence text) {
    text.codePoints().filter(c -> c < 0xD800 || c > 0xDFFF).forEach(seen::set);
    return this;
  }

  /**
   * Adds the characters of a UTF-8 file of any size.
   *
   * @param file the file
   * @return this trainer
   * @throws IOException if the file cannot be read
   */
  public CharTokenizerTrainer add(Path file) throws IOException {
    try (Reader reader =
        new InputStreamReader(
            ByteOrderMark.skip(Files.newInputStream(file)),
            StandardCharsets.UTF_8
                .newDecoder()
                .onMalformedInput(CodingErrorAction.REPORT)
                .onUnmappableCharacter(CodingErrorAction.REPORT))) {
      char[] buffer = new char[1 << 16];
      int held = 0; // a high surrogate whose low surrogate is in the next part
      for (int read = reader.read(buffer);
          read >= 0;
          read = reader.read(buffer, held, buffer.length - held)) {
        int length = held + read;
        held = length > 0 && Character.isHighSurrogate(buffer[length - 1]) ? 1 : 0;
        add(new String(buffer, 0, length - held));
        if (held == 1) {
          buffer[0] = buffer[length - 1];
        }
      }
    }
    return this;
  }

  /** {@return the number of different characters so far} */
  public int size() {
    return seen.cardinality();
  }

  /**
   * Creates the tokenizer of the characters so far.
   *
   * @param specialTokens special tokens; they get the first ids
   * @return the tokenizer
   */
  public Tokenizer train(List<String> specialTokens) {
    Map<String, Integer> ids = new HashMap<>();
    List<AddedToken> added = new ArrayList<>();
    for (String token : specialTokens) {
      added.add(AddedToken.special(ids.size(), token));
      ids.put(token, ids.size());
    }
    seen.stream().forEach(c -> ids.putIfAbsent(Character.toString(c), ids.size()));
    BpeModel model =
        new BpeModel(new Vocabulary(ids), new int[0], new int[0], BpeModel.Options.byteLevel());
    return Tokenizer.of(
        new TokenizerDefinition(
            null, null, added, null, null, null, new TokenDecoder.Fuse(), model));
  }
}
