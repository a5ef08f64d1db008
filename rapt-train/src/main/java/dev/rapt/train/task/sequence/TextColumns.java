package dev.rapt.train.task.sequence;

import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TuningSpec;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The columns that hold the texts of a task.
 *
 * @param first column of the text, or of the first text of a pair
 * @param second column of the second text; null for single texts
 * @param haveTypes whether the texts of a pair have token types of their own
 */
record TextColumns(String first, @Nullable String second, boolean haveTypes) {
  /** Finds the columns. */
  static TextColumns find(TuningSpec spec, boolean ofPairs, Example example) {
    return ofPairs
        ? new TextColumns(
            Columns.of(spec, "first", Columns.FIRST, example),
            Columns.of(spec, "second", Columns.SECOND, example),
            true)
        : new TextColumns(Columns.of(spec, "text", Columns.TEXT, example), null, true);
  }

  /**
   * Returns whether examples are pairs: the user names the column of a text of a pair, or names
   * none and there are usual columns of both.
   */
  static boolean arePairs(TuningSpec spec, Example example) {
    Map<String, String> named = spec.columns();
    return named.containsKey("first")
        || named.containsKey("second")
        || (!named.containsKey("text")
            && Columns.has(spec, "first", Columns.FIRST, example)
            && Columns.has(spec, "second", Columns.SECOND, example));
  }

  /** Encodes the texts of examples. */
  List<TaskSetup.Tokens> tokens(TaskSetup setup, List<Example> examples, int maxTokens) {
    String other = second;
    List<TaskSetup.Tokens> texts =
        setup.tokens(
            examples.stream().map(example -> example.text(first)).toList(),
            other == null ? null : examples.stream().map(example -> example.text(other)).toList(),
            maxTokens);
    return haveTypes
        ? texts
        : texts.stream()
            .map(tokens -> new TaskSetup.Tokens(untyped(tokens.text()), tokens.isCut()))
            .toList();
  }

  private static TextBatch.Text untyped(TextBatch.Text text) {
    return new TextBatch.Text(text.ids(), new int[text.ids().length]);
  }
}
