package dev.rapt.eval.likelihood;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.CausalLm;
import dev.rapt.model.decoder.Gpt2;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class LikelihoodTest {
  private static final int V = 23;
  private static final int MAX_POSITIONS = 16;

  /** Sums of f32 logits in another order. */
  private static final double TOLERANCE = 1e-4;

  private static CausalLm model() {
    String json =
        """
        {"model_type": "gpt2", "n_embd": 16, "n_layer": 2, "n_head": 2, "n_positions": %d,
         "vocab_size": %d, "initializer_range": 0.5}
        """
            .formatted(MAX_POSITIONS, V);
    return CausalLm.create(
        Gpt2.Config.parse(
            ConfigReader.of(Path.of("config.json"), JsonMapper.shared().readTree(json))),
        5);
  }

  /** Log-probability of the targets from the logits of one pass over one sequence. */
  private static Likelihood direct(CausalLm model, TokenRequest request) {
    int[] all =
        IntStream.concat(IntStream.of(request.prefix()), IntStream.of(request.targets())).toArray();
    int T = all.length - 1;
    try (Scope scope = model.scope().child()) {
      Tensor tokens = scope.ints(Arrays.copyOf(all, T), 1, T);
      float[] logits = model.logits(tokens, Pass.over(tokens).build()).toFloats();
      double sum = 0;
      boolean greedy = true;
      for (int i = 0; i < request.targets().length; i++) {
        int row = (request.prefix().length - 1 + i) * V;
        double exps = 0;
        int best = 0;
        for (int v = 0; v < V; v++) {
          exps += Math.exp(logits[row + v]);
          best = logits[row + v] > logits[row + best] ? v : best;
        }
        sum += logits[row + request.targets()[i]] - Math.log(exps);
        greedy &= best == request.targets()[i];
      }
      return new Likelihood(sum, request.targets().length, greedy);
    }
  }

  @Test
  void sharedPrefixesAndBatchesDoNotChangeTheLikelihood() {
    Random random = new Random(3);
    List<TokenRequest> requests = new ArrayList<>();
    for (int g = 0; g < 5; g++) {
      int[] prefix = random.ints(1 + 2 * g, 0, V).toArray();
      for (int i = 0; i <= g % 3; i++) {
        requests.add(
            TokenRequest.of(prefix, random.ints(1 + i * 2, 0, V).toArray(), MAX_POSITIONS));
      }
    }
    try (CausalLm model = model()) {
      for (int target = 0; target < V; target++) { // one of them is the likeliest
        requests.add(TokenRequest.of(new int[] {1, 2, 3}, new int[] {target}, MAX_POSITIONS));
      }
      for (int batch : new int[] {1, 3, 100}) {
        List<Likelihood> scores = new TokenScorer(model, batch).score(requests, _ -> {});
        for (int i = 0; i < requests.size(); i++) {
          Likelihood expected = direct(model, requests.get(i));
          assertThat(scores.get(i).logProb()).isCloseTo(expected.logProb(), within(TOLERANCE));
          assertThat(scores.get(i).isGreedy()).isEqualTo(expected.isGreedy());
        }
        assertThat(scores.stream().filter(Likelihood::isGreedy)).isNotEmpty();
      }
    }
  }

  @Test
  void contextIsCutOnTheLeftAndTargetsMustFit() {
    TokenRequest cut =
        TokenRequest.of(IntStream.range(0, 20).toArray(), new int[] {1, 2, 3}, MAX_POSITIONS);
    assertThat(cut.prefix()).isEqualTo(IntStream.range(6, 20).toArray());
    assertThat(cut.numRead()).isEqualTo(MAX_POSITIONS);
    assertThatThrownBy(() -> TokenRequest.of(new int[] {1}, new int[17], MAX_POSITIONS))
        .hasMessageContaining("at most 16 tokens");
    assertThatThrownBy(() -> TokenRequest.of(new int[] {1}, new int[0], MAX_POSITIONS))
        .hasMessageContaining("at least 1 token");
  }

  @Test
  void windowsScoreEachTokenOnceWithTheContextThatTheStrideLeaves() {
    int[] ids = IntStream.range(100, 111).toArray();
    List<TokenRequest> windows = RollingWindows.of(ids, 0, 4, 2);
    assertThat(windows.stream().flatMapToInt(window -> IntStream.of(window.targets())).toArray())
        .isEqualTo(ids);
    assertThat(windows.getFirst().prefix()).containsExactly(0);
    assertThat(windows.getFirst().targets()).containsExactly(100, 101, 102, 103);
    assertThat(windows.get(1).prefix()).containsExactly(101, 102, 103);
    assertThat(windows).allMatch(window -> window.numRead() == 4);
    List<TokenRequest> apart = RollingWindows.of(ids, 0, 4, 4);
    assertThat(apart.get(1).prefix()).containsExactly(103);
    assertThat(apart.getLast().prefix()).containsExactly(106, 107);
    assertThat(apart.getLast().targets()).containsExactly(108, 109, 110);
    assertThat(RollingWindows.of(new int[0], 0, 4, 2)).isEmpty();
  }
}
