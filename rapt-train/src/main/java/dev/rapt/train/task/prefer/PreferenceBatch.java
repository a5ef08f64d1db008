package dev.rapt.train.task.prefer;

import dev.rapt.train.batch.Batch;
import dev.rapt.train.task.completion.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;

/** A batch of examples. */
record PreferenceBatch(List<PreferenceRow> rows) implements Batch {
  @Override
  public int batchSize() {
    return rows.size();
  }

  @Override
  public long numTokens() {
    return 2L * rows.size() * rows.stream().mapToInt(PreferenceRow::length).max().orElse(0);
  }

  @Override
  public long numTargets() {
    return rows.size();
  }

  /** Returns the firsts. */
  List<Answer> firsts() {
    return rows.stream().map(PreferenceRow::first).toList();
  }

  /** Returns the seconds. */
  List<Answer> seconds() {
    return rows.stream().map(PreferenceRow::second).toList();
  }

  /** Returns the firsts, then the seconds. */
  List<Answer> all() {
    List<Answer> all = new ArrayList<>(firsts());
    all.addAll(seconds());
    return all;
  }

  /** Returns the log-probabilities under the reference model of the firsts, then the seconds. */
  double[] references() {
    return DoubleStream.concat(
            rows.stream().mapToDouble(PreferenceRow::firstReference),
            rows.stream().mapToDouble(PreferenceRow::secondReference))
        .toArray();
  }
}
