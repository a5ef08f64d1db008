package dev.rapt.generate.search;

import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.logits.LogitsProcessor;
import dev.rapt.generate.options.GenerationOptions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Beam search over a batch of prompts. Each prompt ends on its own, and its rows are dropped then.
 * With several groups, each group searches on its own, and tokens that earlier groups chose at the
 * same step are penalised (diverse beam search, arXiv:1610.02424).
 */
final class BeamSearch {
  /** The groups of one prompt. */
  private record PromptBeams(int prompt, List<LogitsProcessor> chain, List<BeamGroup> groups) {
    boolean ended() {
      return groups.stream().allMatch(BeamGroup::ended);
    }
  }

  /**
   * The rows of one prompt in the decoding.
   *
   * @param isShared whether all beams have one row, as before the first step
   */
  private record Rows(int first, boolean isShared) {
    int of(int beam) {
      return isShared ? first : first + beam;
    }
  }

  /** The rows that the next step continues, and their tokens. */
  private static final class NextStep {
    private final int[] rows;
    private final int[] tokens;
    private int size;

    NextStep(int maxRows) {
      rows = new int[maxRows];
      tokens = new int[maxRows];
    }

    void add(int row, int token) {
      rows[size] = row;
      tokens[size++] = token;
    }

    void run(Decoding decoding) {
      decoding.select(Arrays.copyOf(rows, size));
      decoding.step(Arrays.copyOf(tokens, size));
    }
  }

  private final SearchRequest request;
  private final Prompts prompts;
  private final GenerationOptions options;
  private final int numBeams;
  private final int groupSize;
  private final int vocabSize;

  BeamSearch(SearchRequest request) {
    this.request = request;
    this.prompts = request.prompts();
    this.options = request.options();
    this.numBeams = options.beams().numBeams();
    this.groupSize = numBeams / options.beams().numGroups();
    this.vocabSize = request.model().vocabSize();
  }

  Generation run() {
    List<PromptBeams> all = new ArrayList<>();
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      all.add(newBeams(prompt));
    }
    List<PromptBeams> active = all.stream().filter(beams -> !beams.ended()).toList();
    if (!active.isEmpty()) {
      try (Decoding decoding = request.start(request.maxNewTokens())) {
        search(decoding, active);
      }
    }
    return results(all);
  }

  private PromptBeams newBeams(int prompt) {
    SplittableRandom seeds = new SplittableRandom(options.sampling().seed());
    List<BeamGroup> groups = new ArrayList<>();
    for (int i = 0; i < options.beams().numGroups(); i++) {
      groups.add(new BeamGroup(request, prompt, groupSize, seeds.nextLong()));
    }
    return new PromptBeams(prompt, request.chain(prompt), groups);
  }

  private void search(Decoding decoding, List<PromptBeams> active) {
    // A prompt's beams have neighbouring rows; before the first step they share one.
    List<Rows> rows = active.stream().map(beams -> new Rows(beams.prompt(), true)).toList();
    while (true) {
      MemorySegment logits = decoding.logits();
      List<PromptBeams> open = new ArrayList<>();
      List<Rows> openRows = new ArrayList<>();
      NextStep next = new NextStep(active.size() * numBeams);
      for (int i = 0; i < active.size(); i++) {
        PromptBeams beams = active.get(i);
        advance(beams, logits, rows.get(i));
        if (!beams.ended()) {
          openRows.add(new Rows(open.size() * numBeams, false));
          addTo(next, beams, rows.get(i));
          open.add(beams);
        }
      }
      if (open.isEmpty()) {
        return;
      }
      next.run(decoding);
      active = open;
      rows = openRows;
    }
  }

  private void advance(PromptBeams beams, MemorySegment logits, Rows rows) {
    int[] chosenBefore = new int[vocabSize];
    for (int g = 0; g < beams.groups().size(); g++) {
      BeamGroup group = beams.groups().get(g);
      if (group.ended()) {
        continue;
      }
      float[][] logProbs = new float[groupSize][vocabSize];
      for (int beam = 0; beam < groupSize; beam++) {
        TokenSearch.copyRow(logits, rows.of(g * groupSize + beam), logProbs[beam]);
        Logits.logSoftmax(logProbs[beam]);
        for (int token = 0; g > 0 && token < vocabSize; token++) {
          logProbs[beam][token] -=
              (float) (options.beams().diversityPenalty() * chosenBefore[token]);
        }
        group.constrain(beam, logProbs[beam]);
        int[] ids = group.ids(beam);
        for (LogitsProcessor processor : beams.chain()) {
          processor.process(ids, ids.length, logProbs[beam]);
        }
        Logits.requireNumbers(logProbs[beam]);
      }
      group.advance(logProbs, ids -> holdsStopString(beams.prompt(), ids));
      for (int token : group.lastTokens()) {
        chosenBefore[token]++;
      }
    }
  }

  /** Adds the rows that the running beams continue, and the tokens they continue with. */
  private void addTo(NextStep next, PromptBeams beams, Rows rows) {
    for (int g = 0; g < beams.groups().size(); g++) {
      BeamGroup group = beams.groups().get(g);
      int[] parents = group.parents();
      int[] lastTokens = group.lastTokens();
      for (int beam = 0; beam < groupSize; beam++) {
        // A group that ended keeps its rows, unused, until the other groups have ended.
        int parent = group.ended() ? beam : parents[beam];
        next.add(rows.of(g * groupSize + parent), lastTokens[beam]);
      }
    }
  }

  private boolean holdsStopString(int prompt, int[] ids) {
    if (options.stopStrings().isEmpty()) {
      return false;
    }
    StoppableText text = request.newText(prompt);
    for (int i = prompts.row(prompt).length; i < ids.length; i++) {
      text.append(ids[i]);
    }
    return text.stopped();
  }

  private Generation results(List<PromptBeams> all) {
    List<GeneratedSequence> sequences = new ArrayList<>();
    for (PromptBeams promptBeams : all) {
      List<BeamGroup.Beam> beams = new ArrayList<>();
      promptBeams.groups().forEach(group -> beams.addAll(group.finished()));
      beams.sort(Comparator.comparingDouble(BeamGroup.Beam::score).reversed());
      for (BeamGroup.Beam beam :
          beams.subList(0, Math.min(beams.size(), options.numReturnSequences()))) {
        sequences.add(result(promptBeams.prompt(), beam, sequences.size()));
      }
    }
    return new Generation(sequences);
  }

  /** The result of a beam; the listener receives its tokens. */
  private GeneratedSequence result(int prompt, BeamGroup.Beam beam, int index) {
    int promptLength = prompts.row(prompt).length;
    StoppableText text = request.newText(prompt);
    for (int i = promptLength; i < beam.ids().length; i++) {
      boolean isLast = i == beam.ids().length - 1;
      boolean isEos = isLast && beam.finish() == FinishReason.EOS;
      String piece = isEos ? "" : text.append(beam.ids()[i]);
      request.listener().onToken(index, beam.ids()[i], isLast ? piece + text.finish() : piece);
    }
    return new GeneratedSequence(
        prompt,
        new GeneratedSequence.Tokens(beam.ids(), promptLength, beam.finish()),
        text.text(),
        new GeneratedSequence.Scores(beam.score(), List.of(), List.of()));
  }
}
