package dev.rapt.tokenizer.json;

import dev.rapt.tokenizer.decode.TokenDecoder;
import dev.rapt.tokenizer.model.BpeModel;
import dev.rapt.tokenizer.text.TextPattern;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The setting {@code clean_up_tokenization_spaces} of tokenizer_config.json: decoding removes the
 * spaces before punctuation and English contractions. As in the reference, BPE models ignore it,
 * whose spaces are those of the text, unless a second setting insists.
 */
public final class CleanUp {
  private static final String SETTING = "clean_up_tokenization_spaces";

  // No token begins with this character, so that spaces stand between all tokens.
  private static final String NO_PREFIX = "\uFFFF";

  private static final List<Map.Entry<String, String>> REPLACEMENTS =
      List.of(
          Map.entry(" .", "."),
          Map.entry(" ?", "?"),
          Map.entry(" !", "!"),
          Map.entry(" ,", ","),
          Map.entry(" ' ", "'"),
          Map.entry(" n't", "n't"),
          Map.entry(" 'm", "'m"),
          Map.entry(" 's", "'s"),
          Map.entry(" 've", "'ve"),
          Map.entry(" 're", "'re"));

  private CleanUp() {}

  /** Returns a copy whose decoder ends with the clean-up, if the folder asks for it. */
  public static TokenizerDefinition add(TokenizerDefinition definition, TokenizerConfig config) {
    boolean wanted =
        config.flag(SETTING, false)
            && (!(definition.model() instanceof BpeModel)
                || config.flag(SETTING + "_for_bpe_even_though_it_will_corrupt_output", false));
    if (!wanted) {
      return definition;
    }
    List<TokenDecoder> parts = new ArrayList<>();
    parts.add(
        definition.decoder() == null
            ? new TokenDecoder.WordPiece(NO_PREFIX, false)
            : definition.decoder());
    parts.add(new TokenDecoder.Fuse());
    REPLACEMENTS.forEach(entry ->
        parts.add(
            new TokenDecoder.Replace(new TextPattern.Literal(entry.getKey()), entry.getValue())));
    return definition.withDecoder(new TokenDecoder.Sequence(parts));
  }
}
