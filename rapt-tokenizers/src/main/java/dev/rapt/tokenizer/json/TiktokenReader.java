package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.model.Vocabulary;
import dev.rapt.tokenizer.normalize.Normalizer;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import dev.rapt.tokenizer.pretokenize.PreTokenizer;
import dev.rapt.tokenizer.text.ByteAlphabet;
import dev.rapt.tokenizer.text.SplitBehavior;
import dev.rapt.tokenizer.text.TextPattern;
import dev.rapt.tokenizer.types.AddedToken;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads rank files of tiktoken. Each line has a token in Base64 and its rank, which is its id. */
public final class TiktokenReader {
  private TiktokenReader() {}

  private record Merge(int left, int right) {}

  /**
   * Reads a rank file. Two tokens merge if their concatenation is a token, lowest rank first.
   *
   * @param pattern the split pattern of the model
   * @param specialTokens further tokens and their ids
   * @throws TokenizerFileException if the file cannot be read or a line is not a token and a rank
   */
  public static TokenizerDefinition read(
      Path path, String pattern, Map<String, Integer> specialTokens) {
    List<AddedToken> added = new ArrayList<>();
    specialTokens.forEach((token, id) -> added.add(AddedToken.special(id, token)));
    return definition(ranks(path), null, pattern, added);
  }

  /**
   * Reads the tokens, in the byte alphabet, and their ranks. A token may be empty, as in the files
   * of Whisper: its Base64 is then {@code =}.
   *
   * @throws TokenizerFileException if the file cannot be read or a line is not a token and a rank
   */
  public static Map<String, Integer> ranks(Path path) {
    Map<String, Integer> ids = new HashMap<>();
    List<String> lines;
    try {
      lines = Files.readAllLines(path);
    } catch (IOException e) {
      throw new TokenizerFileException(path.toString(), "", "must be readable, got " + e, e);
    }
    for (int i = 0; i < lines.size(); i++) {
      if (!lines.get(i).isBlank()) {
        readLine(path, i + 1, lines.get(i), ids);
      }
    }
    return ids;
  }

  private static void readLine(Path path, int number, String line, Map<String, Integer> ids) {
    String[] parts = line.strip().split("\\s+", -1);
    try {
      if (parts.length != 2) {
        throw new IllegalArgumentException();
      }
      ids.put(token(parts[0]), Integer.parseUnsignedInt(parts[1]));
    } catch (IllegalArgumentException e) {
      throw new TokenizerFileException(
          path.toString(),
          "line " + number,
          "must be a token in Base64 and its rank, got " + line,
          e);
    }
  }

  /** Returns the token with these bytes, in the byte alphabet. */
  static String token(String base64) {
    byte[] bytes = base64.equals("=") ? new byte[0] : Base64.getDecoder().decode(base64);
    return ByteAlphabet.tokenOf(bytes, 0, bytes.length);
  }

  /**
   * Creates a tokenizer from tokens and their ids, which are in the order of their ranks.
   *
   * @param ids tokens in the byte alphabet
   * @param normalizer what happens before the text is split; null for nothing
   * @param pattern the split pattern of the model
   */
  public static TokenizerDefinition definition(
      Map<String, Integer> ids,
      @Nullable Normalizer normalizer,
      String pattern,
      List<AddedToken> added) {
    TextPattern split = new TextPattern.Regex(pattern);
    return new TokenizerDefinition(
        null,
        null,
        added,
        normalizer,
        new PreTokenizer.Sequence(
            List.of(
                new PreTokenizer.Split(split, SplitBehavior.ISOLATED, false),
                new PreTokenizer.ByteLevel(false, true, false))),
        new PostProcessor.ByteLevel(true, false, true),
        new TokenDecoder.ByteLevel(true, true, true),
        model(ids));
  }

  private static BpeModel model(Map<String, Integer> ids) {
    List<Map.Entry<String, Integer>> byRank = new ArrayList<>(ids.entrySet());
    byRank.sort(Map.Entry.comparingByValue());
    IdBuffer left = new IdBuffer(ids.size());
    IdBuffer right = new IdBuffer(ids.size());
    for (Map.Entry<String, Integer> entry : byRank) {
      String token = entry.getKey();
      List<Merge> merges = new ArrayList<>();
      for (int cut = 1; cut < token.length(); cut++) {
        @Nullable Integer a = ids.get(token.substring(0, cut));
        @Nullable Integer b = ids.get(token.substring(cut));
        if (a != null && b != null) {
          merges.add(new Merge(a, b));
        }
      }
      merges.sort(Comparator.comparingInt(Merge::left).thenComparingInt(Merge::right));
      for (Merge merge : merges) {
        left.add(merge.left());
        right.add(merge.right());
      }
    }
    BpeModel.Options options = new BpeModel.Options(null, null, null, false, false, true);
    return new BpeModel(new Vocabulary(ids), left.toArray(), right.toArray(), options);
  }
}
