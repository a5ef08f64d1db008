package dev.rapt.generate.search;

import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.speculate.DraftCounts;
import dev.rapt.generate.speculate.DraftLength;
import dev.rapt.generate.speculate.Drafter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Greedy search and sampling with speculation, one sequence after the other. A drafter guesses
 * tokens, one pass of the model gives the logits behind each, and the sequence chooses token after
 * token from them as it does without speculation. The pass serves as long as the chosen tokens are
 * those guessed; positions behind the first wrong guess are removed from the cache.
 */
final class SpeculativeSearch {
  private final SearchRequest request;

  SpeculativeSearch(SearchRequest request) {
    this.request = request;
  }

  Generation run() {
    List<GeneratedSequence> sequences = new ArrayList<>();
    for (int prompt = 0; prompt < request.prompts().size(); prompt++) {
      for (int i = 0; i < request.options().numReturnSequences(); i++) {
        SearchRow row = new SearchRow(request, sequences.size(), prompt, i);
        sequences.add(row.result(row.finish == null ? generate(row) : DraftCounts.NONE));
      }
    }
    return new Generation(sequences);
  }

  /** Advances a row until it has ended. */
  private DraftCounts generate(SearchRow row) {
    int padding = row.promptLength - request.prompts().numTokens(row.prompt);
    int vocabSize = request.model().vocabSize();
    try (Decoding decoding = request.startAlone(row.prompt);
        Drafter drafter =
            request
                .speculation()
                .drafts()
                .open(new Drafter.Sequence(padding, row.maxLength, vocabSize))) {
      return new Run(row, decoding, drafter).run();
    }
  }

  /** The passes of one sequence. */
  private final class Run {
    private final SearchRow row;
    private final Decoding decoding;
    private final Drafter drafter;
    private final DraftLength lengths = new DraftLength(request.speculation().maxDraftTokens());
    private final float[] scores = new float[request.model().vocabSize()];
    private int passes;
    private int drafted;
    private int accepted;

    Run(SearchRow row, Decoding decoding, Drafter drafter) {
      this.row = row;
      this.decoding = decoding;
      this.drafter = drafter;
    }

    DraftCounts run() {
      drafter.read(decoding, row.length, row.length);
      choose(new int[0]);
      while (row.finish == null) {
        pass();
      }
      return new DraftCounts(passes, drafted, accepted);
    }

    /** Guesses, checks the guesses in one pass, and goes back behind the first wrong one. */
    private void pass() {
      long start = System.nanoTime();
      int[] draft = draft();
      long drawn = System.nanoTime();
      int[] tokens = new int[1 + draft.length];
      tokens[0] = row.lastToken();
      System.arraycopy(draft, 0, tokens, 1, draft.length);
      if (draft.length == 0) {
        decoding.step(tokens);
      } else {
        decoding.mark();
        decoding.stepAll(tokens, tokens.length);
      }
      long passed = System.nanoTime();
      int lengthBefore = row.length;
      int right = choose(draft);
      drafter.read(decoding, lengthBefore + right, 1 + right);
      long chosen = System.nanoTime();
      if (row.finish == null) {
        decoding.undo(draft.length - right);
      }
      long passNanos = passed - drawn + System.nanoTime() - chosen;
      lengths.record(draft.length, right, drawn - start, passNanos);
    }

    private int[] draft() {
      // the last token of the sequence is not fed back, so it need not be guessed
      int most = Math.min(lengths.next(), row.maxLength - 1 - row.length);
      return most < 1 ? new int[0] : drafter.draft(row.ids, row.length, most, row);
    }

    /** Chooses tokens as long as they are those guessed, and one more; returns how many were. */
    private int choose(int[] draft) {
      MemorySegment logits = decoding.logits();
      int right = 0;
      while (true) {
        TokenSearch.copyRow(logits, right, scores);
        row.advance(scores);
        if (right == draft.length || row.lastToken() != draft[right]) {
          break;
        }
        right++;
        if (row.finish != null) {
          break;
        }
      }
      passes++;
      drafted += draft.length;
      accepted += right;
      return right;
    }
  }
}
