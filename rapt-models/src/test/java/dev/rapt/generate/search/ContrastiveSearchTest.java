package dev.rapt.generate.search;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.logits.Logits;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.golden.Golden;
import dev.rapt.model.CausalLm;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Contrastive search against its definition, computed without cache, one candidate at a time. */
class ContrastiveSearchTest {
  private static final int[] PROMPT = {3, 14, 15, 92, 65};
  private static final int[] OTHER = {7, 8};
  private static final int K = 5;

  private static float[][] hidden(CausalLm model, int[] ids, float[] lastLogits) {
    try (Scope scope = model.scope().child()) {
      Tensor tensor = scope.ints(ids, 1, ids.length);
      Tensor states = model.hidden(tensor, Pass.over(tensor).build());
      int V = model.config().vocabSize();
      float[] logits = model.logits(states).toFloats();
      System.arraycopy(logits, (ids.length - 1) * V, lastLogits, 0, V);
      int D = (int) states.lastDim();
      float[] all = states.toFloats();
      float[][] rows = new float[ids.length][];
      Arrays.setAll(rows, i -> Arrays.copyOfRange(all, i * D, (i + 1) * D));
      return rows;
    }
  }

  private static double cosine(float[] a, float[] b) {
    double ab = 0;
    double aa = 0;
    double bb = 0;
    for (int i = 0; i < a.length; i++) {
      ab += a[i] * b[i];
      aa += a[i] * a[i];
      bb += b[i] * b[i];
    }
    return ab / Math.sqrt(aa * bb);
  }

  private static int[] byDefinition(CausalLm model, int[] prompt, double alpha, int steps) {
    int[] ids = prompt;
    for (int step = 0; step < steps; step++) {
      float[] logits = new float[model.config().vocabSize()];
      hidden(model, ids, logits);
      double[] probs = Logits.softmax(logits);
      int best = -1;
      double bestScore = Double.NEGATIVE_INFINITY;
      for (int token : Logits.topIndices(logits, K)) {
        int[] longer = Arrays.copyOf(ids, ids.length + 1);
        longer[ids.length] = token;
        float[][] states = hidden(model, longer, new float[logits.length]);
        double likeness = -1;
        for (int i = 0; i < ids.length; i++) {
          likeness = Math.max(likeness, cosine(states[i], states[ids.length]));
        }
        double score = (1 - alpha) * probs[token] - alpha * likeness;
        if (score > bestScore) {
          bestScore = score;
          best = token;
        }
      }
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = best;
    }
    return ids;
  }

  @Test
  void tokensAreThoseOfTheDefinition() {
    try (CausalLm model = CausalLm.load(Golden.copy("llama/gqa"))) {
      Generator generator = new Generator(new CausalLmDecoding(model));
      List<int[]> found = new ArrayList<>();
      for (double alpha : new double[] {0.3, 0.6, 0.9}) {
        GenerationOptions options =
            GenerationOptions.builder().topK(K).penaltyAlpha(alpha).maxNewTokens(8).build();
        Generation batch = generator.generate(Prompts.of(PROMPT, OTHER), options);
        int[] want = byDefinition(model, PROMPT, alpha, 8);
        assertThat(batch.sequences().get(0).ids()).as("alpha %s", alpha).isEqualTo(want);
        assertThat(batch.sequences().get(1).ids())
            .as("alpha %s, padded on the left", alpha)
            .isEqualTo(byDefinition(model, OTHER, alpha, 8));
        found.add(want);
      }
      int[] greedy =
          generator
              .generate(Prompts.of(PROMPT), GenerationOptions.builder().maxNewTokens(8).build())
              .first()
              .ids();
      assertThat(found).anyMatch(ids -> !Arrays.equals(ids, greedy));
    }
  }
}
