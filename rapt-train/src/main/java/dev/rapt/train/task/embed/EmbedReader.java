package dev.rapt.train.task.embed;

import dev.rapt.text.embed.PromptedTexts;
import dev.rapt.train.batch.TextBatch.Text;
import dev.rapt.train.embed.EmbeddingExample;
import dev.rapt.train.embed.EmbeddingLoss;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.TuningSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;

/**
 * Reads pairs, triplets and scored pairs. Equal texts are encoded once. A column of negatives holds
 * a text, or in JSON Lines a list of texts.
 */
final class EmbedReader {
  private static final Pattern NEGATIVES = Pattern.compile("negatives?(_?\\d+)?");

  private final PromptedTexts texts;
  private final Prompts prompts;
  private final EmbeddingLoss.Kind loss;
  private final EmbedColumns columns;
  private final Map<String, Text> encoded = new HashMap<>();
  private final Map<String, Integer> ids = new HashMap<>();
  private final Set<String> cut = new HashSet<>();
  private long numCut;

  /**
   * What is put before texts.
   *
   * @param anchor before anchors
   * @param other before positives and negatives
   */
  record Prompts(String anchor, String other) {}

  /**
   * The columns of the examples.
   *
   * @param negatives columns of negatives; empty if there are none
   * @param score column of the score; empty for pairs and triplets
   */
  record EmbedColumns(String anchor, String positive, List<String> negatives, String score) {
    static EmbedColumns find(TuningSpec spec, boolean isScored, Example first) {
      String anchor = Columns.of(spec, "anchor", Columns.FIRST, first);
      String positive = Columns.of(spec, "positive", Columns.SECOND, first);
      if (isScored) {
        return new EmbedColumns(
            anchor, positive, List.of(), Columns.of(spec, "score", Columns.SCORE, first));
      }
      List<String> negatives =
          spec.columns().containsKey("negative")
              ? List.of(Columns.of(spec, "negative", List.of(), first))
              : first.fields().propertyNames().stream()
                  .filter(name -> NEGATIVES.matcher(name).matches())
                  .toList();
      return new EmbedColumns(anchor, positive, negatives, "");
    }
  }

  EmbedReader(PromptedTexts texts, Prompts prompts, EmbeddingLoss.Kind loss, EmbedColumns columns) {
    this.texts = texts;
    this.prompts = prompts;
    this.loss = loss;
    this.columns = columns;
  }

  /** The texts of an example. */
  private record Raw(String anchor, String positive, List<String> negatives, float score) {
    Set<String> others() {
      Set<String> others = new LinkedHashSet<>(negatives);
      others.add(positive);
      return others;
    }
  }

  /** Encodes examples. */
  List<EmbeddingExample> read(List<Example> examples) {
    List<Raw> raws = examples.stream().map(this::raw).toList();
    Set<String> anchors = new LinkedHashSet<>(), others = new LinkedHashSet<>();
    for (Raw raw : raws) {
      anchors.add(raw.anchor);
      others.addAll(raw.others());
    }
    encode(anchors, prompts.anchor);
    encode(others, prompts.other);
    numCut += raws.stream().filter(this::isCut).count();
    return raws.stream().map(this::example).toList();
  }

  /** Returns how many of the examples read so far have a text that was cut. */
  long numCut() {
    return numCut;
  }

  private boolean isCut(Raw raw) {
    return cut.contains(prompts.anchor + raw.anchor)
        || raw.others().stream().anyMatch(text -> cut.contains(prompts.other + text));
  }

  private void encode(Set<String> wanted, String prompt) {
    List<String> fresh =
        wanted.stream().filter(text -> !encoded.containsKey(prompt + text)).toList();
    var encodings = texts.encode(fresh, prompt);
    for (int i = 0; i < fresh.size(); i++) {
      Text text = new Text(encodings.get(i).ids(), encodings.get(i).typeIds());
      encoded.put(prompt + fresh.get(i), text);
      if (!encodings.get(i).overflowing().isEmpty()) {
        cut.add(prompt + fresh.get(i));
      }
    }
  }

  private EmbeddingExample example(Raw raw) {
    List<String> all = new ArrayList<>(raw.negatives);
    all.add(raw.anchor);
    all.add(raw.positive);
    int[] numbers =
        all.stream()
            .mapToInt(text -> ids.computeIfAbsent(text, _ -> ids.size()))
            .distinct()
            .toArray();
    return new EmbeddingExample(
        find(prompts.anchor, raw.anchor),
        find(prompts.other, raw.positive),
        raw.negatives.stream().map(text -> find(prompts.other, text)).toList(),
        numbers,
        raw.score);
  }

  private Text find(String prompt, String text) {
    Text found = encoded.get(prompt + text);
    if (found == null) {
      throw new IllegalStateException("text: must be encoded before it is used, got " + text);
    }
    return found;
  }

  private Raw raw(Example example) {
    List<String> negatives = new ArrayList<>();
    for (String column : columns.negatives) {
      JsonNode value = example.fields().get(column);
      if (value != null && value.isArray()) {
        value.values().forEach(each -> negatives.add(element(example, column, each)));
      } else if (example.has(column) && !example.text(column).isEmpty()) {
        negatives.add(example.text(column));
      }
    }
    if (loss == EmbeddingLoss.Kind.TRIPLET && negatives.isEmpty()) {
      throw example.error(
          "must have a negative for the loss triplet, got none; use --loss ranking, or name its column with --columns negative=NAME");
    }
    return new Raw(
        example.text(columns.anchor),
        example.text(columns.positive),
        negatives,
        columns.score.isEmpty() ? 0 : score(example));
  }

  private static String element(Example example, String column, JsonNode value) {
    if (!value.isString()) {
      throw example.error("\"%s\" must hold texts, got %s".formatted(column, value));
    }
    return value.stringValue();
  }

  private float score(Example example) {
    double score = example.number(columns.score);
    boolean fits =
        switch (loss) {
          case COSINE -> score >= -1 && score <= 1;
          case CONTRASTIVE -> score == 0 || score == 1;
          case RANKING, SYMMETRIC, COSENT, TRIPLET -> true;
        };
    if (!fits) {
      throw example.error(
          "\"%s\" must be %s for the loss %s, got %s; use --loss cosent, which takes any scores"
              .formatted(
                  columns.score,
                  loss == EmbeddingLoss.Kind.COSINE ? "from -1 to 1" : "0 or 1",
                  loss.label(),
                  score));
    }
    return (float) score;
  }
}
