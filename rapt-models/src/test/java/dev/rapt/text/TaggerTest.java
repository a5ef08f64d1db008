package dev.rapt.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.text.Tagger.Aggregation;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Tokens become words, and words become spans. */
class TaggerTest {
  private static final List<String> LABELS = List.of("O", "B-PER", "I-PER", "B-LOC");

  private static Tagger.Scored token(
      String token, int start, int end, int word, double... classes) {
    int best =
        IntStream.range(0, classes.length)
            .reduce((i, j) -> classes[j] > classes[i] ? j : i)
            .orElseThrow();
    return new Tagger.Scored(
        new Tagger.Token(token, start, end, word, LABELS.get(best), classes[best]), classes);
  }

  private static List<Tagger.Span> spans(
      String text, List<Tagger.Scored> tokens, Aggregation aggregation) {
    return Tagger.spans(text, tokens, aggregation, LABELS);
  }

  @Test
  void consecutiveWordsOfOneClassAreOneSpan() {
    String text = "Ada Lovelace London";
    List<Tagger.Scored> tokens =
        List.of(
            token("[CLS]", 0, 0, -1, 1, 0, 0, 0),
            token("Ada", 0, 3, 0, 0.2, 0.5, 0.3, 0),
            token("Love", 4, 8, 1, 0.3, 0, 0.7, 0),
            token("##lace", 8, 12, 1, 0.9, 0.1, 0, 0),
            token("London", 13, 19, 2, 0.1, 0.1, 0, 0.8));
    List<Tagger.Span> spans = spans(text, tokens, Aggregation.FIRST);
    assertThat(spans).hasSize(2);
    assertThat(spans.getFirst().text()).isEqualTo("Ada Lovelace");
    assertThat(spans.getFirst().score()).isCloseTo(0.6, within(1e-12));
    assertThat(spans.get(1)).isEqualTo(new Tagger.Span("LOC", "London", 13, 19, 0.8));
  }

  @Test
  void eachAggregationChoosesTheClassOfAWordInItsOwnWay() {
    String text = "Lovelace";
    List<Tagger.Scored> tokens =
        List.of(
            token("Love", 0, 4, 0, 0.1, 0.4, 0.2, 0.3),
            token("##la", 4, 6, 0, 0.9, 0.05, 0.05, 0),
            token("##ce", 6, 8, 0, 0.1, 0.2, 0.1, 0.6));
    assertThat(spans(text, tokens, Aggregation.FIRST))
        .containsExactly(new Tagger.Span("PER", text, 0, 8, 0.4));
    assertThat(spans(text, tokens, Aggregation.MAX)).isEmpty();
    assertThat(spans(text, tokens, Aggregation.AVERAGE)).isEmpty();
    assertThat(spans(text, tokens, Aggregation.SIMPLE))
        .containsExactly(
            new Tagger.Span("PER", "Love", 0, 4, 0.4), new Tagger.Span("LOC", "ce", 6, 8, 0.6));
    List<Tagger.Scored> two = List.of(tokens.getFirst(), tokens.getLast());
    assertThat(spans(text, two, Aggregation.MAX))
        .containsExactly(new Tagger.Span("LOC", text, 0, 8, 0.6));
    Tagger.Span mean = spans(text, two, Aggregation.AVERAGE).getFirst();
    assertThat(mean.label()).isEqualTo("LOC");
    assertThat(mean.score()).isCloseTo(0.45, within(1e-12));
  }

  @Test
  void offsetsCountCodePoints() {
    String text = "\uD83D\uDD11\uD83D\uDD11 Ada";
    List<Tagger.Scored> tokens =
        List.of(token("[UNK]", 0, 2, 0, 1, 0, 0, 0), token("Ada", 3, 6, 1, 0.1, 0.9, 0, 0));
    assertThat(spans(text, tokens, Aggregation.FIRST))
        .containsExactly(new Tagger.Span("PER", "Ada", 3, 6, 0.9));
  }
}
