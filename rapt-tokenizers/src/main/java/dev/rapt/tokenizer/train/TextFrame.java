package dev.rapt.tokenizer.train;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.json.TokenizerDefinition;
import dev.rapt.tokenizer.postprocess.PostProcessor;
import java.util.List;
import java.util.Map;

/** The special tokens that a tokenizer puts around each text. */
public sealed interface TextFrame {
  /**
   * {@code first A last}, for pairs {@code first A last B last}, with types 0 and 1, as in BERT.
   */
  record Bert(String first, String last) implements TextFrame {}

  /** {@code first A last}, for pairs {@code first A last last B last}, as in RoBERTa and BART. */
  record Roberta(String first, String last) implements TextFrame {}

  /** {@code A end}, for pairs {@code A end B end}, as in T5. */
  record End(String end) implements TextFrame {}

  /**
   * Returns a copy of a tokenizer that frames texts in this way.
   *
   * @param tokenizer has the tokens of the frame
   * @param names roles of special tokens, as tokenizer_config.json names them: {@code pad_token}
   * @throws IllegalArgumentException if it lacks one of the tokens
   */
  default Tokenizer of(Tokenizer tokenizer, Map<String, String> names) {
    PostProcessor after =
        switch (this) {
          case Bert(String first, String last) ->
              trimmed(new PostProcessor.Bert(marker(tokenizer, last), marker(tokenizer, first)));
          case Roberta(String first, String last) ->
              new PostProcessor.Roberta(
                  marker(tokenizer, last), marker(tokenizer, first), true, false);
          case End(String end) -> trimmed(ending(marker(tokenizer, end)));
        };
    TokenizerDefinition parts = tokenizer.definition();
    return Tokenizer.of(
        new TokenizerDefinition(
            parts.truncation(),
            parts.padding(),
            parts.addedTokens(),
            parts.normalizer(),
            parts.preTokenizer(),
            after,
            parts.decoder(),
            parts.model()),
        names);
  }

  /** Leaves the space before a word out of its offsets, as RoBERTa's frame does by itself. */
  private static PostProcessor trimmed(PostProcessor frame) {
    return new PostProcessor.Sequence(
        List.of(new PostProcessor.ByteLevel(true, true, true), frame));
  }

  private static PostProcessor.Marker marker(Tokenizer tokenizer, String token) {
    int id =
        tokenizer
            .tokenToId(token)
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "tokenizer: must have the token %s, got none".formatted(token)));
    return new PostProcessor.Marker(token, id);
  }

  private static PostProcessor ending(PostProcessor.Marker end) {
    PostProcessor.Template.Piece first = new PostProcessor.Template.Piece.Text(false, 0);
    PostProcessor.Template.Piece second = new PostProcessor.Template.Piece.Text(true, 0);
    PostProcessor.Template.Piece special = new PostProcessor.Template.Piece.Special(end.token(), 0);
    return new PostProcessor.Template(
        List.of(first, special),
        List.of(first, special, second, special),
        Map.of(
            end.token(),
            new PostProcessor.Template.SpecialToken(
                end.token(), List.of(end.id()), List.of(end.token()))));
  }
}
