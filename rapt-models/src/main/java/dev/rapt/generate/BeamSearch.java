package dev.rapt.generate;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Beam search of one batch; each prompt ends by itself and its rows are dropped. With groups, every
 * group searches by itself, and what groups before chose at the same step is made less likely
 * (diverse beam search, arXiv:1610.02424).
 */
final class BeamSearch {
  /** The groups of one prompt. */
  private record Search(int prompt, List<LogitsProcessor> chain, List<BeamGroup> groups) {
    boolean ended() {
      return groups.stream().allMatch(BeamGroup::ended);
    }
  }

  private final Generator generator;
  private final Prompts prompts;
  private final GenerationOptions options;
  private final int numBeams;
  private final int groupSize;
  private final int vocabSize;

  BeamSearch(Generator generator, Prompts prompts, GenerationOptions options) {
    this.generator = generator;
    this.prompts = prompts;
    this.options = options;
    this.numBeams = options.beams().numBeams();
    this.groupSize = numBeams / options.beams().numGroups();
    this.vocabSize = generator.model().vocabSize();
  }

  Generation run(TokenListener listener) {
    List<Search> searches = new ArrayList<>();
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      searches.add(newSearch(prompt));
    }
    List<Search> active = searches.stream().filter(search -> !search.ended()).toList();
    if (!active.isEmpty()) {
      int newTokens = generator.maxNewTokens(prompts, options);
      try (Decoding decoding = prompts.start(generator.model(), options.padTokenId(), newTokens)) {
        search(decoding, active);
      }
    }
    return results(searches, listener);
  }

  private Search newSearch(int prompt) {
    int maxLength = generator.maxLength(prompts, prompt, options);
    SplittableRandom seeds = new SplittableRandom(options.sampling().seed());
    List<BeamGroup> groups = new ArrayList<>();
    for (int i = 0; i < options.beams().numGroups(); i++) {
      groups.add(
          new BeamGroup(options, groupSize, prompts.row(prompt), maxLength, seeds.nextLong()));
    }
    return new Search(prompt, generator.chain(prompts, prompt, options), groups);
  }

  private void search(Decoding decoding, List<Search> active) {
    // The rows of a beam search lie together; at first each prompt has one row for all its beams.
    int rowsPerSearch = 1;
    int[] firstRow = active.stream().mapToInt(Search::prompt).toArray();
    while (true) {
      MemorySegment logits = decoding.logits();
      List<Search> open = new ArrayList<>();
      int[] rows = new int[active.size() * numBeams];
      int[] tokens = new int[rows.length];
      for (int i = 0; i < active.size(); i++) {
        Search search = active.get(i);
        advance(search, logits, firstRow[i], rowsPerSearch);
        if (!search.ended()) {
          follow(search, firstRow[i], rowsPerSearch, rows, tokens, open.size() * numBeams);
          open.add(search);
        }
      }
      if (open.isEmpty()) {
        return;
      }
      decoding.select(Arrays.copyOf(rows, open.size() * numBeams));
      decoding.step(Arrays.copyOf(tokens, open.size() * numBeams));
      active = open;
      rowsPerSearch = numBeams;
      firstRow = new int[active.size()];
      Arrays.setAll(firstRow, i -> i * numBeams);
    }
  }

  private void advance(Search search, MemorySegment logits, int firstRow, int rowsPerSearch) {
    int[] chosenBefore = new int[vocabSize];
    for (int g = 0; g < search.groups().size(); g++) {
      BeamGroup group = search.groups().get(g);
      if (group.ended()) {
        continue;
      }
      float[][] logProbs = new float[groupSize][vocabSize];
      for (int beam = 0; beam < groupSize; beam++) {
        int row = rowsPerSearch == 1 ? firstRow : firstRow + g * groupSize + beam;
        TokenSearch.copyRow(logits, row, logProbs[beam]);
        Scores.logSoftmax(logProbs[beam]);
        for (int token = 0; g > 0 && token < vocabSize; token++) {
          logProbs[beam][token] -=
              (float) (options.beams().diversityPenalty() * chosenBefore[token]);
        }
        int[] ids = group.ids(beam);
        for (LogitsProcessor processor : search.chain()) {
          processor.process(ids, ids.length, logProbs[beam]);
        }
        Scores.requireNumbers(logProbs[beam]);
      }
      int promptLength = prompts.row(search.prompt()).length;
      group.advance(logProbs, ids -> textOf(ids, promptLength).stopped());
      for (int token : group.lastTokens()) {
        chosenBefore[token]++;
      }
    }
  }

  /** Which rows the running beams continue, and with which tokens. */
  private void follow(
      Search search, int firstRow, int rowsPerSearch, int[] rows, int[] tokens, int at) {
    for (int g = 0; g < search.groups().size(); g++) {
      BeamGroup group = search.groups().get(g);
      int[] parents = group.parents();
      int[] lastTokens = group.lastTokens();
      for (int beam = 0; beam < groupSize; beam++) {
        // A group that ended keeps its rows, unused, until the others have ended too.
        int parent = group.ended() ? beam : parents[beam];
        rows[at] = rowsPerSearch == 1 ? firstRow : firstRow + g * groupSize + parent;
        tokens[at++] = lastTokens[beam];
      }
    }
  }

  private TextSoFar textOf(int[] ids, int promptLength) {
    TextSoFar text = generator.newText(options);
    if (!options.stopStrings().isEmpty()) {
      for (int i = promptLength; i < ids.length; i++) {
        text.append(ids[i]);
      }
    }
    return text;
  }

  private Generation results(List<Search> searches, TokenListener listener) {
    List<GeneratedSequence> sequences = new ArrayList<>();
    for (Search search : searches) {
      List<BeamGroup.Beam> beams = new ArrayList<>();
      search.groups().forEach(group -> beams.addAll(group.finished()));
      beams.sort(Comparator.comparingDouble(BeamGroup.Beam::score).reversed());
      for (BeamGroup.Beam beam : beams.subList(0, options.numReturnSequences())) {
        sequences.add(result(search.prompt(), beam, sequences.size(), listener));
      }
    }
    return new Generation(sequences);
  }

  private GeneratedSequence result(
      int prompt, BeamGroup.Beam beam, int index, TokenListener listener) {
    int promptLength = prompts.row(prompt).length;
    TextSoFar text = generator.newText(options);
    for (int i = promptLength; i < beam.ids().length; i++) {
      boolean isLast = i == beam.ids().length - 1;
      boolean isEos = isLast && beam.finish() == FinishReason.EOS;
      String piece = isEos ? "" : text.append(beam.ids()[i]);
      listener.onToken(index, beam.ids()[i], isLast ? piece + text.finish() : piece);
    }
    return new GeneratedSequence(
        prompt,
        beam.ids(),
        promptLength,
        beam.finish(),
        beam.score(),
        text.text(),
        List.of(),
        List.of());
  }
}
