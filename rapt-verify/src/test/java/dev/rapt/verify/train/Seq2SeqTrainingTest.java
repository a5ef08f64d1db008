package dev.rapt.verify.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.checkpoint.JsonFiles;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.verify.CaseFolders;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.JsonNode;

/**
 * Ten steps of training with Adam and label smoothing as in arXiv:1706.03762, beside PyTorch's
 * ({@code record_training.py}).
 */
class Seq2SeqTrainingTest {
  private static final AdamW.Options ADAM =
      new AdamW.Options(0.9, 0.98, 1e-9, 0, false, false, false, DType.F32);

  private static final double LR = 3e-3;
  private static final float SMOOTHING = 0.1f;

  /** Rounding of f32 that ten updates, each divided by the root of a moment, make larger. */
  private static final double TOLERANCE = 5e-5;

  private static final int[] LENGTHS = {7, 4, 2};
  private static final int B = 3;
  private static final int S = 7;
  private static final int T = 6;
  private static final int IGNORED = -100;

  /** Ids that follow from their places, as in the script. */
  private static int[] ids(int count, int factor) {
    int[] ids = new int[count];
    Arrays.setAll(ids, i -> 4 + factor * i % 23);
    return ids;
  }

  @ParameterizedTest
  @ValueSource(strings = {"lstm_seq2seq/tied", "marian/shared", "pegasus/shared"})
  void lossesOfTrainingFollowTheReference(String name) {
    Path root = CaseFolders.recorded();
    List<JsonNode> want =
        JsonFiles.read(root.resolve("training.json")).path(name).valueStream().toList();
    assertThat(want).hasSize(10);
    try (Seq2SeqLm model = Seq2SeqLm.loadTrainable(root.resolve(name));
        Scope scope = Scope.open();
        AdamW optimizer = new AdamW(model.parameters().track().all(), ADAM)) {
      Gradients gradients = new Gradients(scope);
      for (JsonNode loss : want) {
        gradients.clear();
        assertThat(step(model, gradients)).isCloseTo(loss.doubleValue(), within(TOLERANCE));
        optimizer.step(gradients, LR, 1);
      }
    }
  }

  private static double step(Seq2SeqLm model, Gradients gradients) {
    int[] source = ids(B * S, 5);
    int[] target = ids(B * T, 7);
    for (int b = 0; b < B; b++) {
      Arrays.fill(source, b * S + LENGTHS[b], (b + 1) * S, model.config().padTokenId());
    }
    Arrays.fill(target, 3, T, IGNORED);
    target[B * T - 1] = IGNORED;
    try (Tape tape = Tape.open(model.scope())) {
      Tensor from = tape.ints(source, B, S);
      EncoderOutput encoded = model.encode(from, Pass.over(from).bidirectional(LENGTHS).build());
      Tensor inputs = tape.ints(model.decoderInputs(target, T), B, T);
      Pass pass = Pass.over(inputs).encoderOutput(encoded).build();
      Tensor logits = model.logits(model.hidden(inputs, pass));
      Tensor loss = Losses.crossEntropy(logits, tape.ints(target, B, T), SMOOTHING);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }
}
