package dev.rapt.model.adapter;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.model.Model;
import dev.rapt.model.QuestionAnswering;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.nn.Parameter;
import dev.rapt.tensor.Shape;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * A head that an adapter stores whole ({@code modules_to_save} of PEFT), for a base model that has
 * another head or none.
 *
 * @param kind its kind
 */
record StoredHead(HeadKind kind) {
  /** Layers that make the logits of a classifier: those of the shape (classes, D). */
  private static final String LAST_LAYER = "(.*\\.)?(classifier|score|out_proj)\\.weight";

  /** Returns the head of an adapter, unless the base model has one of its kind. */
  static Optional<StoredHead> of(LoraConfig adapter, ConfigReader base) {
    return adapter
        .head()
        .filter(kind ->
            switch (kind) {
              case SEQUENCE_CLASSIFICATION, TOKEN_CLASSIFICATION, QUESTION_ANSWERING -> true;
              default -> false;
            })
        .filter(kind -> HeadKind.of(base).filter(kind::equals).isEmpty())
        .map(StoredHead::new);
  }

  /**
   * Loads the base model with a head of this kind, whose values are to come from the adapter.
   * Classes are named {@code LABEL_0} and so on, as in transformers, since adapters name none.
   *
   * @throws CheckpointException if the adapter has no last layer of a classifier
   */
  Model load(Path base, Path adapter) {
    Loading loading = Loading.newHead(false, 0);
    return switch (kind) {
      case QUESTION_ANSWERING -> QuestionAnswering.load(base, loading);
      case TOKEN_CLASSIFICATION ->
          Classifier.load(base, Classifier.Unit.TOKEN, labels(adapter), loading);
      default -> Classifier.load(base, Classifier.Unit.SEQUENCE, labels(adapter), loading);
    };
  }

  private static Labels labels(Path adapter) {
    Path path = adapter.resolve(Adapter.WEIGHTS_FILE);
    try (Checkpoint file = Checkpoint.open(path)) {
      List<Shape> last =
          file.names().stream()
              .filter(name -> name.matches(LAST_LAYER) && !name.contains(".lora_"))
              .map(name -> file.entry(name).shape())
              .toList();
      if (last.size() != 1) {
        throw new CheckpointException(
            path,
            "must hold the last layer of a classifier, since the base model has none, got %d; merge into the base model with its head"
                .formatted(last.size()));
      }
      int classes = Math.toIntExact(last.getFirst().dim(0));
      return Labels.of(
          IntStream.range(0, classes).mapToObj(k -> "LABEL_" + k).toArray(String[]::new));
    }
  }

  /**
   * Checks that an adapter has every layer that the base model lacks.
   *
   * @throws CheckpointException if it lacks one, too
   */
  static void requireComplete(Model model, Adapter attached, Path adapter) {
    Set<Parameter> adapted = attached.adapted();
    for (Parameter parameter : model.parameters().newInCheckpoint()) {
      if (!adapted.contains(parameter)) {
        throw new CheckpointException(
            adapter.resolve(Adapter.WEIGHTS_FILE),
            model.nameInClass(parameter),
            "must be stored, since the base model has none, got none");
      }
    }
  }
}
