package dev.rapt.eval.labelled;

import dev.rapt.eval.task.TaskResult;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.function.DoubleConsumer;

/** Measures a model of one kind on labelled examples, as a user of the model would run it. */
public interface LabelledEvaluation {
  /** Returns the name of the task, which is that of fine-tuning. */
  String name();

  /** Returns the roles of columns whose names the user may give. */
  Set<String> columns();

  /**
   * Runs the model on the examples.
   *
   * @param model folder of the model
   * @param progress receives the share that is done, 0 to 1
   * @throws dev.rapt.train.example.ExampleException if an example lacks what the task needs
   */
  TaskResult run(Path model, LabelledFile examples, DoubleConsumer progress) throws IOException;
}
