package dev.rapt.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.autograd.loss.Losses;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.Arrays;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

class LogProbabilitiesTest {
  private static final int T = 20;

  /** A vocabulary of which 16 rows of logits make a part. */
  private static final int VOCAB = 1_100_000;

  private static final float TOLERANCE = 2e-5f;

  /** Returns the first elements of the gradient of the tied embedding. */
  private static float[] gradients(CausalLm model, Function<Tensor, Tensor> lossOfHidden) {
    try (Scope scope = model.scope().child();
        Tape tape = Tape.open(model.scope())) {
      Gradients gradients = new Gradients(scope);
      Tensor ids = tape.ints(new int[T], 1, T);
      tape.backward(lossOfHidden.apply(model.hidden(ids, Pass.over(ids).build())), gradients);
      float[] found = new float[64];
      Parameter head = model.head();
      Tensor ofHead = Objects.requireNonNull(gradients.of(head.value()));
      for (int i = 0; i < found.length; i++) {
        found[i] = ofHead.getFloat(i);
      }
      return found;
    }
  }

  @Test
  void sumsInPartsHaveValueAndGradientOfTheCrossEntropy() {
    DecoderSizes sizes = DecoderSizes.of(VOCAB, 8, 1, 1, 1, 16, 32, true);
    try (CausalLm model = CausalLm.create(Llama.Config.of(sizes), 1)) {
      model.parameters().track();
      int[] positions = new int[T];
      int[] tokens = new int[T];
      for (int t = 0; t < T; t++) {
        positions[t] = t;
        tokens[t] = t % 7;
      }
      float[] values = new float[2];
      float[] apart =
          gradients(
              model,
              hidden -> {
                Tensor found = model.logProbabilities(hidden, positions, tokens);
                assertThat(found.shape().toArray()).containsExactly(1, T);
                float[] minus = new float[T];
                Arrays.fill(minus, -1);
                Tensor loss = Losses.dot(found, hidden.scope().floats(minus, 1, T));
                values[0] = loss.getFloat(0);
                return loss;
              });
      float[] whole =
          gradients(
              model,
              hidden -> {
                Tensor loss = model.tokenLoss(hidden, hidden.scope().ints(tokens, 1, T), 0, 1);
                values[1] = loss.getFloat(0);
                return loss;
              });
      assertThat(values[0]).isCloseTo(values[1], within(1e-3f));
      assertThat(apart).containsExactly(whole, within(TOLERANCE));
    }
  }
}
