package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.nn.Encoded;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.node.ObjectNode;

/**
 * That models drop where the reference does, seen in the gradient dy h^T of a projection that is
 * shown one token: what was dropped of its input h leaves columns of zeros, what was dropped of its
 * output y leaves rows.
 */
class TrainingDropoutTest {
  private static final float P = 0.5f;

  /** Of some dozens of elements, each dropped with probability 1/2. */
  private static final double FEWEST = 0.2, MOST = 0.8;

  @TempDir Path temp;

  /** The configuration of a golden model with another value. */
  private Path config(String name, String key, float value) {
    ObjectNode json = (ObjectNode) JsonFiles.read(Golden.copy(name).resolve("config.json"));
    json.put(key, value);
    Path file = temp.resolve("config.json");
    JsonFiles.write(file, json);
    return file;
  }

  private static Pass.Builder pass(Tensor ids, boolean training) {
    Pass.Builder builder = Pass.over(ids);
    return training ? builder.training(3) : builder;
  }

  private static float[][] gradient(Gradients gradients, Parameters parameters, String name) {
    Parameter parameter = Objects.requireNonNull(parameters.get(name), name);
    Tensor gradient = Objects.requireNonNull(gradients.of(parameter.value()), name);
    int cols = Math.toIntExact(gradient.dim(1));
    float[] values = gradient.toFloats();
    float[][] rows = new float[values.length / cols][cols];
    for (int i = 0; i < values.length; i++) {
      rows[i / cols][i % cols] = values[i];
    }
    return rows;
  }

  private static double zeroRows(float[][] matrix) {
    double zero = 0;
    for (float[] row : matrix) {
      zero += isZero(row) ? 1 : 0;
    }
    return zero / matrix.length;
  }

  private static double zeroColumns(float[][] matrix) {
    float[][] columns = new float[matrix[0].length][matrix.length];
    for (int r = 0; r < matrix.length; r++) {
      for (int c = 0; c < columns.length; c++) {
        columns[c][r] = matrix[r][c];
      }
    }
    return zeroRows(columns);
  }

  private static boolean isZero(float[] row) {
    for (float value : row) {
      if (value != 0) {
        return false;
      }
    }
    return true;
  }

  @ParameterizedTest
  @CsvSource({
    "t5/gated_silu, dropout_rate, encoder.block.1.layer.1.DenseReluDense.wo.weight",
    "t5/gated_silu, dropout_rate, decoder.block.1.layer.2.DenseReluDense.wo.weight",
    "bart/mbart, activation_dropout, model.encoder.layers.1.fc2.weight",
    "bart/mbart, activation_dropout, model.decoder.layers.1.fc2.weight",
    "marian/separate_embeddings, activation_dropout, model.decoder.layers.1.fc2.weight",
    "pegasus/lm, activation_dropout, model.decoder.layers.1.fc2.weight",
    "m2m100/lm, activation_dropout, model.decoder.layers.1.fc2.weight",
  })
  void encoderDecodersDropWhatTheLastProjectionOfAnMlpReads(
      String name, String key, String weight) {
    Path folder = Golden.copy(name);
    try (Seq2SeqLm model = Seq2SeqLm.load(folder, config(name, key, P), true)) {
      model.parameters().track();
      double undropped = zeroColumns(gradient(model, weight, false));
      double dropped = zeroColumns(gradient(model, weight, true));
      // A rectifier makes zeros of its own.
      assertThat(undropped).isLessThan(0.65);
      assertThat(dropped).isBetween(undropped + FEWEST * (1 - undropped), 0.95);
    }
  }

  private static float[][] gradient(Seq2SeqLm model, String weight, boolean training) {
    try (Tape tape = Tape.open(model.scope())) {
      Gradients gradients = new Gradients(tape);
      Tensor source = tape.ints(new int[] {5}, 1, 1);
      Encoded encoded =
          model.encode(source, pass(source, training).bidirectional(new int[] {1}).build());
      Tensor ids = tape.ints(new int[] {20}, 1, 1);
      Pass pass = pass(ids, training).encoded(encoded).build();
      tape.backward(model.loss(ids, tape.ints(new int[] {21}, 1, 1), pass, 0), gradients);
      return gradient(gradients, model.parameters(), weight);
    }
  }

  @ParameterizedTest
  @CsvSource({"false", "true"})
  void stableLmDropsWhatTheMlpAddsAndNotWhatAttentionAdds(boolean parallel) {
    Path file = config("stablelm/lm", "hidden_dropout", P);
    ObjectNode json = (ObjectNode) JsonFiles.read(file);
    json.put("use_parallel_residual", parallel);
    JsonFiles.write(file, json);
    try (CausalLm model = CausalLm.load(Golden.copy("stablelm/lm"), file, true)) {
      model.parameters().track();
      for (boolean training : new boolean[] {false, true}) {
        try (Tape tape = Tape.open(model.scope())) {
          Gradients gradients = new Gradients(tape);
          Tensor ids = tape.ints(new int[] {20}, 1, 1);
          Tensor targets = tape.ints(new int[] {21}, 1, 1);
          tape.backward(model.loss(ids, targets, pass(ids, training).build(), 0), gradients);
          double mlp =
              zeroRows(
                  gradient(gradients, model.parameters(), "model.layers.1.mlp.down_proj.weight"));
          double attention =
              zeroRows(
                  gradient(
                      gradients, model.parameters(), "model.layers.1.self_attn.o_proj.weight"));
          assertThat(attention).isZero();
          assertThat(mlp).isBetween(training ? FEWEST : 0, training ? MOST : 0);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "bart/mbart, activation_dropout, 1",
    "bart/mbart, activation_dropout, -0.5",
    "t5/gated_silu, dropout_rate, 1.5",
  })
  void probabilitiesOutsideTheRangeAreRefused(String name, String key, float value) {
    Path file = config(name, key, value);
    assertThatThrownBy(() -> Seq2SeqLm.load(Golden.copy(name), file, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(key + " must be in [0, 1), got " + value);
  }
}
