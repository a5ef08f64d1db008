package dev.rapt.grammar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StoryGrammarTest {
  private static final StoryGrammar STANDARD = StoryGrammar.standard();

  /**
   * Small enough to enumerate: has a draw without repetition, an alias, a pair and an empty rule.
   */
  private static final String TINY =
      """
      # two people and an animal
      lexicon girl {he=she was=was}
        Mia, Anna
        Eve
      lexicon pet (name sound)
        dog/barked, owl/hooted
      plural he=they was=were
      rule story
        3: {hero=girl} had {pet=pet.a}.<walk>
        {hero=girl} met {friend=girl}.<who> {who.He} {who.was} glad.
      rule walk
        _The {pet} {pet.sound}.
        2: -
      rule who
        {who:=hero}
        {who:=friend} Hello, {who}!
        {who:=hero+friend}
      """;

  @Test
  void talesAreShortAndUseTheWordsOfTheStories() {
    StoryGrammar tales = StoryGrammar.tales();
    assertThat(tales.expectedBytes()).isLessThan(0.6 * STANDARD.expectedBytes());
    Set<String> words = new HashSet<>();
    StoryStream stories = STANDARD.stories(1);
    for (int i = 0; i < 2000; i++) {
      words.addAll(List.of(stories.next().split("\\W+")));
    }
    StoryStream stream = tales.stories(2);
    for (int i = 0; i < 200; i++) {
      String tale = stream.next();
      assertThat(tales.logProbability(tale)).isFinite();
      assertThat(words).contains(tale.replaceFirst("^\\W+", "").split("\\W+"));
    }
  }

  @Test
  void everyStoryHasOneDerivation() {
    StoryStream stories = STANDARD.stories(1);
    for (int i = 0; i < 1_500; i++) {
      String story = stories.next();
      assertThat(STANDARD.derivations(story)).as(story).hasSize(1);
    }
  }

  @Test
  void meanOfTheLogProbabilityIsTheEntropy() {
    StoryStream stories = STANDARD.stories(2);
    int n = 1_500;
    double sum = 0;
    double squares = 0;
    double bytes = 0;
    double byteSquares = 0;
    for (int i = 0; i < n; i++) {
      String story = stories.next();
      double nats = -STANDARD.logProbability(story);
      sum += nats;
      squares += nats * nats;
      bytes += story.length();
      byteSquares += (double) story.length() * story.length();
    }
    double mean = sum / n;
    double error = Math.sqrt((squares / n - mean * mean) / n);
    assertThat(mean).isCloseTo(STANDARD.entropy(), within(4 * error));
    double meanBytes = bytes / n;
    double byteError = Math.sqrt((byteSquares / n - meanBytes * meanBytes) / n);
    assertThat(meanBytes).isCloseTo(STANDARD.expectedBytes(), within(4 * byteError));
    assertThat(error / mean).isLessThan(0.005);
  }

  @Test
  void probabilitiesOfAllStoriesOfATinyGrammarSumToOne() {
    StoryGrammar tiny = StoryGrammar.parse(TINY);
    Map<String, Double> enumerated = enumerate(tiny);
    double sum = 0;
    double entropy = 0;
    double bytes = 0;
    for (Map.Entry<String, Double> entry : enumerated.entrySet()) {
      double logP = tiny.logProbability(entry.getKey());
      assertThat(Math.exp(logP)).as(entry.getKey()).isCloseTo(entry.getValue(), within(1e-12));
      sum += Math.exp(logP);
      entropy -= Math.exp(logP) * logP;
      bytes += Math.exp(logP) * entry.getKey().length();
    }
    // 3 girls, 2 pets, 2 walks; 3 heroes, 2 friends, 3 for who is glad, of which two sound alike
    assertThat(sum).isCloseTo(1, within(1e-12));
    assertThat(bytes).isCloseTo(tiny.expectedBytes(), within(1e-9));
    assertThat(enumerated).hasSize(3 * 2 * 2 + 3 * 2 * 3);
    assertThat(entropy).isCloseTo(tiny.entropy(), within(1e-12));
  }

  @Test
  void referencesAgreeWithTheDrawnEntries() {
    Set<String> stories = enumerate(StoryGrammar.parse(TINY)).keySet();
    assertThat(stories)
        .contains("Mia had an owl. The owl hooted.", "Anna had a dog.")
        .contains("Mia met Eve. They were glad.", "Mia met Eve. Hello, Eve! She was glad.")
        .noneMatch(s -> s.contains("owl barked") || s.contains("They was") || s.contains("a owl"))
        .noneMatch(s -> s.startsWith("Mia met Mia"));
  }

  @Test
  void ambiguousTextsGetTheSumOfTheirDerivations() {
    StoryGrammar ambiguous =
        StoryGrammar.parse("rule s\n  <a><b>\nrule a\n  x\n  xx\nrule b\n  x\n  xx");
    assertThat(ambiguous.derivations("xxx")).hasSize(2);
    assertThat(Math.exp(ambiguous.logProbability("xxx"))).isCloseTo(0.5, within(1e-12));
  }

  @Test
  void storiesHaveTheIntendedLength() {
    StoryStream stories = STANDARD.stories(3);
    Set<String> vocabulary = new HashSet<>();
    int outside = 0;
    long total = 0;
    for (int i = 0; i < 5_000; i++) {
      String[] words = stories.next().split("\\s+");
      outside += words.length < 80 || words.length > 140 ? 1 : 0;
      total += words.length;
      Arrays.stream(words).map(w -> w.replaceAll("[^A-Za-z]", "")).forEach(vocabulary::add);
    }
    assertThat(outside).isLessThan(25); // of 5,000
    assertThat(total / 5_000.0).isBetween(100.0, 120.0);
    assertThat(vocabulary.size()).isBetween(400, 700);
  }

  @Test
  void theSameSeedGivesTheSameStories(@TempDir Path dir) throws IOException {
    Path a = dir.resolve("a.txt");
    Path b = dir.resolve("b.txt");
    long count = STANDARD.write(a, 7, 100_000);
    STANDARD.write(b, 7, 100_000);
    assertThat(Files.readAllBytes(a)).isEqualTo(Files.readAllBytes(b));
    String text = Files.readString(a);
    assertThat(text.length()).isBetween(100_000, 102_000);
    String[] read = text.split("\n\n");
    assertThat(read).hasSize((int) count);
    StoryStream stories = STANDARD.stories(7);
    assertThat(read).startsWith(stories.next(), stories.next(), stories.next());
    assertThat(STANDARD.stories(8).next()).isNotEqualTo(read[0]);
  }

  @Test
  void floorIsTheLossOfTheTrueDistribution() {
    StoryStream stories = STANDARD.stories(4);
    List<String> some = List.of(stories.next(), stories.next());
    StoryGrammar.Floor floor = STANDARD.floor(some);
    assertThat(floor.nats())
        .isCloseTo(
            -STANDARD.logProbability(some.get(0)) - STANDARD.logProbability(some.get(1)),
            within(1e-9));
    long bytes = String.join("", some).getBytes(StandardCharsets.UTF_8).length;
    assertThat(floor.bytes()).isEqualTo(bytes);
    assertThat(floor.bitsPerByte()).isCloseTo(floor.nats() / Math.log(2) / bytes, within(1e-9));
    assertThatThrownBy(() -> STANDARD.floor(List.of("Nothing of the kind.")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("story 0: must be one that the grammar generates");
  }

  @Test
  void errorsInAGrammarNameTheLineOrRule() {
    assertRefused("rule s\n  {x.his} house", "must be a form of some lexicon");
    assertRefused("rule s\n  {x} house", "rule s: {x} must be bound before it is used");
    assertRefused("rule s\n  a <s>", "rule s: must not be recursive");
    assertRefused("rule s\n  a <t>", "line 2: must name a rule, got <t>");
    assertRefused("rule s\n  a {x=t}", "line 2: must name a lexicon");
    assertRefused("rule s\n  a <", "brackets must be closed");
    assertRefused("rule s\n  a\nrule t\n  b", "rule t is never used");
    assertRefused("rule s", "rule s is empty");
    assertRefused("lexicon x\n  a, b/c\nrule s\n  a", "line 1: entries must have the forms [name]");
    assertRefused("lexicon x\n  a, a\nrule s\n  {x=x}", "entries of x must differ in form name");
    assertRefused("lexicon x\n  a\nrule s\n  {x=x}{y=x}", "must have an entry left to draw");
    assertRefused("lexicon x\n  a, b\nrule s\n  {x=x}{x=x}", "slot x must be bound only once");
    assertRefused("story\n  a", "line 1: must be 'rule NAME'");
    assertRefused("", "must have a rule");
  }

  private static void assertRefused(String grammar, String message) {
    assertThatThrownBy(() -> StoryGrammar.parse(grammar))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  /** Enumerates all sequences of choices like an odometer. */
  private static Map<String, Double> enumerate(StoryGrammar grammar) {
    Map<String, Double> stories = new HashMap<>();
    List<Integer> choices = new ArrayList<>();
    List<Integer> bounds = new ArrayList<>();
    int[] at = {0};
    StoryStream stream =
        grammar.stories(bound -> {
          if (at[0] == choices.size()) {
            choices.add(0);
            bounds.add(bound);
          }
          return choices.get(at[0]++);
        });
    while (true) {
      at[0] = 0;
      String story = stream.next();
      double p = 1;
      for (int bound : bounds) {
        p /= bound;
      }
      stories.merge(story, p, Double::sum);
      int last = choices.size() - 1;
      while (last >= 0 && choices.get(last) + 1 == bounds.get(last)) {
        choices.removeLast();
        bounds.removeLast();
        last--;
      }
      if (last < 0) {
        return stories;
      }
      choices.set(last, choices.get(last) + 1);
    }
  }
}
