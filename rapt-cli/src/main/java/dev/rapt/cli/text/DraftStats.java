package dev.rapt.cli.text;

import dev.rapt.cli.output.Format;
import dev.rapt.generate.search.Generation;
import dev.rapt.generate.speculate.DraftCounts;
import java.util.Map;

/** The guesses of speculative decoding, of all sequences of a generation. */
public final class DraftStats {
  private final boolean speculates;
  private final DraftCounts total;

  private DraftStats(boolean speculates, DraftCounts total) {
    this.speculates = speculates;
    this.total = total;
  }

  /** The guesses of a generation; says and writes nothing if there was no speculation. */
  public static DraftStats of(Generation result) {
    DraftCounts total =
        result.sequences().stream()
            .flatMap(sequence -> sequence.drafts().stream())
            .reduce(DraftCounts.NONE, DraftCounts::plus);
    return new DraftStats(result.first().drafts().isPresent(), total);
  }

  /** The end of the line of times. */
  @Override
  public String toString() {
    if (!speculates) {
      return "";
    }
    return total.drafted() == 0
        ? "; no token guessed"
        : Format.format(
            "; %d of %d guesses right (%.0f%%), %.2f tokens per pass",
            total.accepted(), total.drafted(), 100 * total.acceptance(), total.tokensPerPass());
  }

  /** Adds the counts to a JSON object. */
  void putInto(Map<String, Object> map) {
    if (speculates) {
      map.put("model_passes", total.passes());
      map.put("draft_tokens", total.drafted());
      map.put("accepted_draft_tokens", total.accepted());
    }
  }
}
