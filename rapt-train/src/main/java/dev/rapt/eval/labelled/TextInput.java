package dev.rapt.eval.labelled;

import dev.rapt.text.TextClassifier;
import dev.rapt.text.TextPair;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import java.util.List;
import java.util.Map;
import java.util.function.DoubleConsumer;
import org.jspecify.annotations.Nullable;

/**
 * The columns of the texts that a classifier reads.
 *
 * @param first column of the text, or of the first text of a pair
 * @param second column of the second text; null for single texts
 */
record TextInput(String first, @Nullable String second) {
  /** Roles of the columns. */
  static final List<String> ROLES = List.of("text", "first", "second");

  /** Finds the columns: those of pairs if the user names them, or there is none of single texts. */
  static TextInput of(Example example, Map<String, String> columns) {
    boolean namesPair = columns.containsKey("first") || columns.containsKey("second");
    boolean hasText = columns.containsKey("text") || Columns.TEXT.stream().anyMatch(example::has);
    boolean hasPair =
        Columns.FIRST.stream().anyMatch(example::has)
            && Columns.SECOND.stream().anyMatch(example::has);
    return namesPair || (hasPair && !columns.containsKey("text")) || !hasText
        ? new TextInput(
            example.column("first", columns, Columns.FIRST),
            example.column("second", columns, Columns.SECOND))
        : new TextInput(example.column("text", columns, Columns.TEXT), null);
  }

  /** Classifies the texts of examples. */
  List<TextClassifier.Classified> classify(
      TextClassifier model, List<Example> examples, DoubleConsumer progress) {
    model.onProgress((done, all) -> progress.accept((double) done / all));
    String other = second;
    return other == null
        ? model.classify(examples.stream().map(example -> example.text(first)).toList())
        : model.classifyPairs(
            examples.stream()
                .map(example -> new TextPair(example.text(first), example.text(other)))
                .toList());
  }
}
