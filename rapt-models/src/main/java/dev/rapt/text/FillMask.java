package dev.rapt.text;

import dev.rapt.model.MaskedLm;
import dev.rapt.model.load.StoredModel;
import dev.rapt.tensor.Tensor;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Predicts the tokens behind masks.
 *
 * <pre>{@code
 * try (FillMask model = FillMask.load(folder)) {
 *   model.fill("The capital of France is [MASK].", 5).blanks().getFirst().candidates();
 * }
 * }</pre>
 */
public final class FillMask extends BatchedReader<MaskedLm> {
  /**
   * A token that may replace a mask.
   *
   * @param id id of the token
   * @param token the token as the vocabulary spells it
   * @param decoded the token as text, which may be a part of a word or a line break
   * @param text the whole text with this mask replaced, while the other masks stay
   * @param score probability of the token
   */
  public record Candidate(int id, String token, String decoded, String text, double score) {}

  /**
   * A mask in a text.
   *
   * @param start its first code point
   * @param end one past its last code point
   * @param candidates most likely first
   */
  public record Blank(int start, int end, List<Candidate> candidates) {}

  /**
   * The result for a text.
   *
   * @param blanks one for each mask
   * @param text the text with each mask replaced by its most likely token
   * @param isCut whether the end of the text was left out
   */
  public record Filled(List<Blank> blanks, String text, boolean isCut) {}

  private final int maskId;

  private FillMask(MaskedLm model, Tokenizer tokenizer) {
    super(model, tokenizer);
    maskId =
        tokenizer
            .namedTokenId("mask_token")
            .orElseThrow(() ->
                new IllegalArgumentException(
                    "tokenizer: must name a mask_token in tokenizer_config.json, got none"));
  }

  /** Loads a Hugging Face folder, or an ONNX file, with its tokenizer. */
  public static FillMask load(Path folder) {
    Tokenizer tokenizer = StoredModel.of(folder).tokenizer();
    return new FillMask(MaskedLm.load(folder), tokenizer);
  }

  /** The mask token as texts spell it: {@code [MASK]} or {@code <mask>}. */
  public String mask() {
    return tokenizer().idToToken(maskId).orElseThrow();
  }

  /** Fills each mask of a text, while the other masks stay. */
  public Filled fill(String text, int numCandidates) {
    return fill(List.of(text), numCandidates).getFirst();
  }

  /** Fills the masks of texts. */
  public List<Filled> fill(List<String> texts, int numCandidates) {
    List<Encoding> encoded = Texts.encode(tokenizer(), texts, maxTokens());
    Filled[] filled = new Filled[texts.size()];
    runBatches(
        encoded,
        (ids, pass, rows) -> {
          Tensor logits = model().logits(ids, pass);
          for (int b = 0; b < rows.length; b++) {
            Encoding tokens = encoded.get(rows[b]);
            List<Blank> blanks = new ArrayList<>();
            int[] best = tokens.ids();
            for (int t = 0; t < tokens.size(); t++) {
              if (tokens.id(t) == maskId) {
                float[] row = Probabilities.row(logits, (long) b * pass.seqLen() + t);
                Blank blank = blank(tokens, t, row, numCandidates);
                blanks.add(blank);
                best[t] = blank.candidates().getFirst().id();
              }
            }
            boolean isCut = !tokens.overflowing().isEmpty();
            filled[rows[b]] = new Filled(blanks, text(tokens, best), isCut);
          }
        });
    return List.of(filled);
  }

  private Blank blank(Encoding tokens, int t, float[] logits, int numCandidates) {
    double[] scores = Probabilities.softmax(logits);
    List<Candidate> candidates = new ArrayList<>();
    for (int id : Probabilities.best(scores, numCandidates)) {
      int[] replaced = tokens.ids();
      replaced[t] = id;
      candidates.add(
          new Candidate(
              id,
              tokenizer().idToToken(id).orElse(""),
              tokenizer().decode(new int[] {id}, false),
              text(tokens, replaced),
              scores[id]));
    }
    return new Blank(tokens.start(t), tokens.end(t), candidates);
  }

  /** Decodes replaced ids without special tokens or, if masks are left, without added ones. */
  private String text(Encoding tokens, int[] replaced) {
    if (Arrays.stream(replaced).noneMatch(id -> id == maskId)) {
      return tokenizer().decode(replaced, true);
    }
    int[] added = tokens.specialTokensMask();
    int[] kept =
        IntStream.range(0, replaced.length)
            .filter(t -> added[t] == 0)
            .map(t -> replaced[t])
            .toArray();
    return tokenizer().decode(kept, false);
  }
}
