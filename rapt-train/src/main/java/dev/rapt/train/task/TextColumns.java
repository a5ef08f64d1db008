package dev.rapt.train.task;

import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.example.Example;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The columns that hold the texts of a task.
 *
 * @param first column of the text, or of the first text of a pair
 * @param second column of the second text; null for single texts
 */
record TextColumns(String first, @Nullable String second) {
  /** Finds the columns. */
  static TextColumns find(TuningSpec spec, boolean ofPairs, Example example) {
    return ofPairs
        ? new TextColumns(
            Columns.of(spec, "first", Columns.FIRST, example),
            Columns.of(spec, "second", Columns.SECOND, example))
        : new TextColumns(Columns.of(spec, "text", Columns.TEXT, example), null);
  }

  /** Encodes the texts of examples. */
  List<TextBatch.Text> tokens(TaskSetup setup, List<Example> examples, int maxTokens) {
    String other = second;
    return setup.tokens(
        examples.stream().map(example -> example.text(first)).toList(),
        other == null ? null : examples.stream().map(example -> example.text(other)).toList(),
        maxTokens);
  }
}
