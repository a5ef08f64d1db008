package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.golden.Golden;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Objects;
import org.junit.jupiter.api.Test;
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

  private static final int NUM_SEEDS = 20;
  private static final long EVALUATION = -1;
  private static final long SEED = 3;

  @TempDir Path temp;

  /** The configuration of a golden model with another value. */
  private Path config(String name, String key, float value) {
    ObjectNode json = (ObjectNode) JsonFiles.read(Golden.copy(name).resolve("config.json"));
    json.put(key, value);
    Path file = temp.resolve("config.json");
    JsonFiles.write(file, json);
    return file;
  }

  private static Pass.Builder pass(Tensor ids, long seed) {
    Pass.Builder builder = Pass.over(ids);
    return seed == EVALUATION ? builder : builder.training(seed);
  }

  private static float[][] gradient(Gradients gradients, Parameters parameters, String name) {
    Parameter parameter = Objects.requireNonNull(parameters.get(name), name);
    Tensor gradient = Objects.requireNonNull(gradients.of(parameter.value()), name);
    int cols = Math.toIntExact(gradient.lastDim());
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

  /** Whether inputs of a projection are dropped or its outputs. */
  enum Dropped {
    INPUTS,
    OUTPUTS;

    double share(float[][] gradient) {
      return this == INPUTS ? zeroColumns(gradient) : zeroRows(gradient);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "t5/gated_silu, dropout_rate, OUTPUTS, encoder.block.1.layer.0.SelfAttention.o.weight",
    "t5/gated_silu, dropout_rate, INPUTS, encoder.block.1.layer.1.DenseReluDense.wo.weight",
    "t5/gated_silu, dropout_rate, OUTPUTS, encoder.block.1.layer.1.DenseReluDense.wo.weight",
    "t5/gated_silu, dropout_rate, INPUTS, decoder.block.1.layer.1.EncDecAttention.v.weight",
    "t5/gated_silu, dropout_rate, OUTPUTS, decoder.block.1.layer.0.SelfAttention.o.weight",
    "t5/gated_silu, dropout_rate, OUTPUTS, decoder.block.1.layer.1.EncDecAttention.o.weight",
    "t5/gated_silu, dropout_rate, INPUTS, decoder.block.1.layer.2.DenseReluDense.wo.weight",
    "t5/gated_silu, dropout_rate, OUTPUTS, decoder.block.1.layer.2.DenseReluDense.wo.weight",
    "bart/mbart, dropout, OUTPUTS, model.encoder.layers.1.self_attn.out_proj.weight",
    "bart/mbart, dropout, OUTPUTS, model.encoder.layers.1.fc2.weight",
    "bart/mbart, dropout, OUTPUTS, model.decoder.layers.1.self_attn.out_proj.weight",
    "bart/mbart, dropout, OUTPUTS, model.decoder.layers.1.encoder_attn.out_proj.weight",
    "bart/mbart, dropout, OUTPUTS, model.decoder.layers.1.fc2.weight",
    "bart/mbart, activation_dropout, INPUTS, model.encoder.layers.1.fc2.weight",
    "bart/mbart, activation_dropout, INPUTS, model.decoder.layers.1.fc2.weight",
    "marian/separate_embeddings, dropout, OUTPUTS, model.decoder.layers.0.fc2.weight",
    "marian/separate_embeddings, activation_dropout, INPUTS, model.decoder.layers.1.fc2.weight",
    "pegasus/lm, activation_dropout, INPUTS, model.decoder.layers.1.fc2.weight",
    "m2m100/lm, activation_dropout, INPUTS, model.decoder.layers.1.fc2.weight",
  })
  void encoderDecodersDropAroundProjections(
      String name, String key, Dropped dropped, String weight) {
    try (Seq2SeqLm model = Seq2SeqLm.load(Golden.copy(name), config(name, key, P), true)) {
      model.parameters().track();
      double before = dropped.share(gradient(model, weight, EVALUATION));
      double after = dropped.share(gradient(model, weight, SEED));
      // A rectifier makes zeros of its own.
      assertThat(before).isLessThan(0.65);
      assertThat(after).isBetween(before + FEWEST * (1 - before), 0.95);
    }
  }

  /**
   * Nothing of a vector that is looked up learns where it is dropped, and nothing of other rows of
   * T5's tied head where its input is; rows that are looked up have both.
   */
  @ParameterizedTest
  @CsvSource({
    "t5/gated_silu, dropout_rate, shared.weight, 5",
    "t5/gated_silu, dropout_rate, shared.weight, 20",
    "t5/gated_silu, dropout_rate, shared.weight, 100",
    "marian/separate_embeddings, dropout, model.encoder.embed_tokens.weight, 5",
    "bart/mbart, dropout, model.encoder.layernorm_embedding.bias, 0",
    "bart/mbart, dropout, model.decoder.layernorm_embedding.bias, 0",
  })
  void encoderDecodersDropOfEmbeddingsAndBeforeTheHeadOfT5(
      String name, String key, String weight, int row) {
    try (Seq2SeqLm model = Seq2SeqLm.load(Golden.copy(name), config(name, key, P), true)) {
      model.parameters().track();
      float[] undropped = gradient(model, weight, EVALUATION)[row];
      float[] dropped = gradient(model, weight, SEED)[row];
      assertThat(zeroColumns(new float[][] {undropped})).isZero();
      assertThat(zeroColumns(new float[][] {dropped})).isBetween(0.1, MOST);
    }
  }

  /** Values of a single key are dropped by whole heads. */
  @ParameterizedTest
  @CsvSource({
    "encoder.layers.1.self_attn, 4",
    "decoder.layers.1.self_attn, 2",
    "decoder.layers.1.encoder_attn, 2"
  })
  void encoderDecodersDropAttentionWeights(String attention, int numHeads) {
    String weight = "model." + attention + ".out_proj.weight";
    Path file = config("bart/mbart", "attention_dropout", P);
    try (Seq2SeqLm model = Seq2SeqLm.load(Golden.copy("bart/mbart"), file, true)) {
      model.parameters().track();
      assertThat(zeroColumns(gradient(model, weight, EVALUATION))).isZero();
      double heads = 0;
      for (int seed = 0; seed < NUM_SEEDS; seed++) {
        double share = zeroColumns(gradient(model, weight, seed));
        assertThat(share * numHeads).isEqualTo(Math.rint(share * numHeads));
        heads += share;
      }
      assertThat(heads / NUM_SEEDS).isBetween(FEWEST, MOST);
    }
  }

  /** Training may leave out the block of a weight, which then has no gradient. */
  @ParameterizedTest
  @CsvSource({
    "encoder_layerdrop, model.encoder.layers.1.fc2.weight, model.decoder.layers.1.fc2.weight",
    "decoder_layerdrop, model.decoder.layers.1.fc2.weight, model.decoder.layers.0.fc2.weight",
  })
  void m2m100LeavesBlocksOut(String key, String weight, String other) {
    ObjectNode json = (ObjectNode) JsonFiles.read(config("m2m100/lm", key, P));
    json.put(key.startsWith("encoder") ? "decoder_layerdrop" : "encoder_layerdrop", 0);
    Path file = temp.resolve("config.json");
    JsonFiles.write(file, json);
    try (Seq2SeqLm model = Seq2SeqLm.load(Golden.copy("m2m100/lm"), file, true)) {
      model.parameters().track();
      assertThat(isLeftOut(model, weight, EVALUATION)).isFalse();
      int leftOut = 0;
      int together = 0;
      for (int seed = 0; seed < NUM_SEEDS; seed++) {
        boolean one = isLeftOut(model, weight, seed);
        boolean another = isLeftOut(model, other, seed);
        leftOut += one ? 1 : 0;
        together += one && another ? 1 : 0;
      }
      assertThat(leftOut).isBetween((int) (FEWEST * NUM_SEEDS), (int) (MOST * NUM_SEEDS));
      assertThat(together).isLessThan(leftOut); // each block for itself
    }
  }

  private static boolean isLeftOut(Seq2SeqLm model, String weight, long seed) {
    try (Tape tape = Tape.open(model.scope())) {
      Parameter parameter = Objects.requireNonNull(model.parameters().get(weight), weight);
      return gradients(model, tape, seed).of(parameter.value()) == null;
    }
  }

  private static float[][] gradient(Seq2SeqLm model, String weight, long seed) {
    try (Tape tape = Tape.open(model.scope())) {
      return gradient(gradients(model, tape, seed), model.parameters(), weight);
    }
  }

  private static Gradients gradients(Seq2SeqLm model, Tape tape, long seed) {
    Gradients gradients = new Gradients(tape);
    Tensor source = tape.ints(new int[] {5}, 1, 1);
    EncoderOutput encoded =
        model.encode(source, pass(source, seed).bidirectional(new int[] {1}).build());
    Tensor ids = tape.ints(new int[] {20}, 1, 1);
    Pass pass = pass(ids, seed).encoderOutput(encoded).build();
    tape.backward(model.loss(ids, tape.ints(new int[] {21}, 1, 1), pass, 0), gradients);
    return gradients;
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
      for (long seed : new long[] {EVALUATION, SEED}) {
        boolean training = seed == SEED;
        try (Tape tape = Tape.open(model.scope())) {
          Gradients gradients = new Gradients(tape);
          Tensor ids = tape.ints(new int[] {20}, 1, 1);
          Tensor targets = tape.ints(new int[] {21}, 1, 1);
          tape.backward(model.loss(ids, targets, pass(ids, seed).build(), 0), gradients);
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

  /** With a single key, dropping its weight leaves zeros in the inputs of the output projection. */
  @Test
  void llamaDropsAttentionWeightsAndNothingAfterProjections() {
    Path file = config("llama/gqa", "attention_dropout", P);
    String attention = "model.layers.1.self_attn.o_proj.weight";
    String mlp = "model.layers.1.mlp.down_proj.weight";
    try (CausalLm model = CausalLm.load(Golden.copy("llama/gqa"), file, true)) {
      model.parameters().track();
      double dropped = 0;
      for (int seed = 0; seed < NUM_SEEDS; seed++) {
        try (Tape tape = Tape.open(model.scope())) {
          Gradients gradients = new Gradients(tape);
          Tensor ids = tape.ints(new int[] {20}, 1, 1);
          Tensor targets = tape.ints(new int[] {21}, 1, 1);
          tape.backward(model.loss(ids, targets, pass(ids, seed).build(), 0), gradients);
          float[][] ofAttention = gradient(gradients, model.parameters(), attention);
          float[][] ofMlp = gradient(gradients, model.parameters(), mlp);
          dropped += zeroColumns(ofAttention);
          if (zeroColumns(ofAttention) < 1) { // with all heads dropped the gradient is zero
            assertThat(zeroRows(ofAttention)).isZero();
          }
          assertThat(zeroRows(ofMlp)).isZero();
          assertThat(zeroColumns(ofMlp)).isZero();
        }
      }
      assertThat(dropped / NUM_SEEDS).isBetween(FEWEST, MOST);
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
