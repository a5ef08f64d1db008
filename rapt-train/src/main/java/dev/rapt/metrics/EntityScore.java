package dev.rapt.metrics;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Precision, recall and F1 of entities in tagged sentences. An entity counts if its type and both
 * ends are right. Entities are read from IOB1, IOB2, IOE and IOBES tags as the CoNLL-2000
 * evaluation does (conlleval; the default mode of seqeval).
 */
public final class EntityScore {
  private final Map<String, Counts> byType = new HashMap<>();

  /**
   * Counts of entities, of which precision, recall and F1 are made.
   *
   * @param right predicted entities that are right
   * @param predicted predicted entities
   * @param expected entities of the references
   */
  public record Counts(long right, long predicted, long expected) {
    /** Returns the share of predicted entities that are right; 0 without predictions. */
    public double precision() {
      return predicted == 0 ? 0 : (double) right / predicted;
    }

    /** Returns the share of entities that are found; 0 without entities. */
    public double recall() {
      return expected == 0 ? 0 : (double) right / expected;
    }

    /** Returns the harmonic mean of precision and recall. */
    public double f1() {
      return predicted + expected == 0 ? 0 : 2.0 * right / (predicted + expected);
    }

    private Counts plus(Counts more) {
      return new Counts(right + more.right, predicted + more.predicted, expected + more.expected);
    }
  }

  /**
   * An entity.
   *
   * @param type what follows the prefix of its tags: {@code PER} of {@code B-PER}
   * @param from first token
   * @param to token behind the last one
   */
  public record Entity(String type, int from, int to) {}

  /** Creates an empty score. */
  public EntityScore() {}

  /**
   * Counts a sentence.
   *
   * @param references true tag of each token
   * @param predictions predicted tag of each token
   * @throws IllegalArgumentException if the lengths differ
   */
  public void add(List<String> references, List<String> predictions) {
    if (references.size() != predictions.size()) {
      throw new IllegalArgumentException(
          "tags: must be as many as the tokens, got %d for %d"
              .formatted(predictions.size(), references.size()));
    }
    List<Entity> wanted = entities(references);
    List<Entity> found = entities(predictions);
    wanted.forEach(entity -> count(entity, new Counts(0, 0, 1)));
    found.forEach(entity -> count(entity, new Counts(wanted.contains(entity) ? 1 : 0, 1, 0)));
  }

  private void count(Entity entity, Counts more) {
    byType.merge(entity.type(), more, Counts::plus);
  }

  /** Returns the counts of each type that occurs, by its name. */
  public SortedMap<String, Counts> byType() {
    return new TreeMap<>(byType);
  }

  /** Returns the counts of all types together. */
  public Counts total() {
    return byType.values().stream().reduce(new Counts(0, 0, 0), Counts::plus);
  }

  /** Returns the entities of a tagged sentence, in order. */
  public static List<Entity> entities(List<String> tags) {
    List<Entity> entities = new ArrayList<>();
    char before = 'O';
    String typeBefore = "";
    int from = 0;
    for (int i = 0; i <= tags.size(); i++) {
      String tag = i < tags.size() ? tags.get(i) : "O";
      char prefix = tag.isEmpty() ? 'O' : tag.charAt(0);
      String type = tag.length() > 2 ? tag.substring(tag.charAt(1) == '-' ? 2 : 1) : "";
      if (ends(before, prefix, !type.equals(typeBefore))) {
        entities.add(new Entity(typeBefore, from, i));
      }
      if (begins(before, prefix, !type.equals(typeBefore))) {
        from = i;
      }
      before = prefix;
      typeBefore = type;
    }
    return entities;
  }

  private static boolean ends(char before, char now, boolean otherType) {
    if (before == 'O' || before == '.') {
      return false;
    }
    boolean last = before == 'E' || before == 'S';
    boolean next = now == 'B' || now == 'S' || now == 'O' || now == '.';
    return last || next || otherType;
  }

  private static boolean begins(char before, char now, boolean otherType) {
    if (now == 'O' || now == '.') {
      return false;
    }
    boolean first = now == 'B' || now == 'S';
    boolean closed = before == 'E' || before == 'S' || before == 'O' || before == '.';
    return first || closed || otherType;
  }
}
