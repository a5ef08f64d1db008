package dev.rapt.train.task;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;

/** A task of fine-tuning. Stateless: what it reads and trains is a {@link TaskRun}. */
public interface Task {
  /** Returns the name on the command line: {@code classify}. */
  String name();

  /** Returns what the model learns, in one sentence without a full stop. */
  String description();

  /** Returns the settings that the task reads, beside those of every fine-tuning. */
  Set<String> settings();

  /** Returns the columns of a table that the task reads. */
  Set<String> columns();

  /** Returns the command line that runs the model, with {@code %s} for its folder. */
  default String command() {
    return name() + " %s \"...\"";
  }

  /** Returns the peak learning rate by default; that of an adapter is ten times as high. */
  default double learningRate() {
    return 5e-5;
  }

  /**
   * Returns the folder of config.json and tokenizer within that of a model.
   *
   * @throws dev.rapt.checkpoint.CheckpointException if the model cannot be used
   */
  default Path transformer(Path folder) {
    return folder;
  }

  /**
   * Reads the examples and loads the model with the head of the task. The caller closes the result.
   *
   * @throws dev.rapt.train.example.ExampleException if a line cannot be used
   * @throws dev.rapt.checkpoint.CheckpointException if the model cannot be used
   */
  TaskRun<?> open(TaskSetup setup) throws IOException;
}
