package dev.rapt.generate.speculate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Decoding;
import dev.rapt.generate.logits.Logits;
import dev.rapt.model.CausalLm;
import dev.rapt.model.MultiTokenPrediction;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class MultiTokenDrafterTest {
  private static final int VOCABULARY = 20, PADDING = 2, MODULES = 3;

  private static final TokenChoice GREEDY =
      new TokenChoice() {
        @Override
        public int choose(int[] ids, int length, float[] scores) {
          return Logits.argmax(scores);
        }

        @Override
        public boolean ends(int token) {
          return false;
        }
      };

  private static CausalLm model() {
    DecoderSizes sizes = new DecoderSizes(VOCABULARY, 16, 2, 4, 2, 4, 32, 128, false, 0.4);
    return CausalLm.create(Llama.Config.of(sizes), 7);
  }

  /** Drafts with caches, from states of passes of several tokens, against whole passes. */
  @Test
  void cachesFollowTheSequence() {
    SplittableRandom random = new SplittableRandom(2);
    int[] ids = random.ints(90, 0, VOCABULARY).toArray();
    int length = PADDING + 6;
    boolean[] mask = new boolean[length];
    Arrays.fill(mask, PADDING, length, true);
    try (CausalLm model = model();
        Decoding decoding =
            new CausalLmDecoding(model)
                .start(
                    new int[][] {Arrays.copyOf(ids, length)}, new boolean[][] {mask}, ids.length);
        Drafter drafter =
            new MultiTokenDrafter(
                model,
                MultiTokenPrediction.create(model, MODULES, 9),
                new Drafter.Sequence(PADDING, ids.length, VOCABULARY))) {
      MultiTokenPrediction modules = MultiTokenPrediction.create(model, MODULES, 9);
      drafter.read(decoding, length, length);
      while (length + 5 < ids.length) {
        length++; // chosen after the last pass
        int most = random.nextInt(1, MODULES + 1);
        assertThat(drafter.draft(ids, length, most, GREEDY))
            .as("length %d", length)
            .isEqualTo(whole(model, modules, ids, length, most));
        int taken = random.nextInt(1, 4);
        decoding.mark();
        decoding.stepAll(Arrays.copyOfRange(ids, length - 1, length + 3), 4);
        drafter.read(decoding, length - 1 + taken, taken);
        decoding.undo(4 - taken);
        length += taken - 1;
      }
    }
  }

  /** The guesses from passes over the whole sequence. */
  private static int[] whole(
      CausalLm model, MultiTokenPrediction modules, int[] ids, int length, int count) {
    int[] all = Arrays.copyOf(ids, length + count);
    int rows = length - PADDING - 1;
    try (Scope scope = model.scope().child()) {
      Tensor read = scope.ints(Arrays.copyOfRange(ids, PADDING, PADDING + rows), 1, rows);
      Tensor hidden = model.hidden(read, Pass.over(read).build());
      for (int k = 0; k < count; k++) {
        int from = PADDING + k + 1;
        Tensor tokens = scope.ints(Arrays.copyOfRange(all, from, from + rows), 1, rows);
        hidden = modules.hidden(k, tokens, hidden, Pass.over(tokens).build());
        float[] logits = modules.logits(k, hidden).toFloats();
        all[length + k] =
            Logits.argmax(Arrays.copyOfRange(logits, logits.length - VOCABULARY, logits.length));
      }
    }
    return Arrays.copyOfRange(all, length, length + count);
  }

  @Test
  void aFolderWithoutModulesIsRefused(@TempDir Path folder) {
    try (CausalLm model = model()) {
      assertThatThrownBy(() -> MultiTokenPrediction.load(model, folder))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("must hold modules for multi-token prediction in mtp.safetensors");
    }
  }
}
