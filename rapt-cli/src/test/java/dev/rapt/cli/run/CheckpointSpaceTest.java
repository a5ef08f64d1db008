package dev.rapt.cli.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.cli.output.CommandException;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.train.TrainOptions;
import dev.rapt.train.TrainedModel;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CheckpointSpaceTest {
  private static final Llama.Config SHAPE =
      Llama.Config.of(DecoderSizes.of(40, 32, 2, 2, 2, 64, 16, true));
  private static final TrainOptions OPTIONS = TrainOptions.builder(10).keepCheckpoints(2).build();

  private static final Path FOLDER = Path.of("run");

  private static void assertNeeds(TrainedModel model, long numbers) {
    long needed = 3 * Float.BYTES * numbers; // three checkpoints
    assertThatCode(() -> CheckpointSpace.require(FOLDER, model, OPTIONS, needed))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> CheckpointSpace.require(FOLDER, model, OPTIONS, needed - 1))
        .isInstanceOf(CommandException.class)
        .hasMessageStartingWith("run: must be on a disk with room for 3 checkpoints of about ")
        .hasMessageEndingWith(
            "; free disk space, lower --keep, or write to another disk with --out");
  }

  @Test
  void aDiskWithoutRoomForWeightsAndMomentsIsRefused() {
    try (CausalLm model = CausalLm.create(SHAPE, 1)) {
      long weights = model.parameters().numWeights();
      assertNeeds(TrainedModel.fresh(model, TokenIds.NONE), 3 * weights); // two moments of AdamW
    }
  }

  @Test
  void frozenWeightsHaveNoMoments() {
    try (CausalLm model = CausalLm.create(SHAPE, 1)) {
      long weights = model.parameters().numWeights();
      long table = model.tokenEmbedding().shape().numElements();
      TrainedModel rest =
          TrainedModel.fresh(model, TokenIds.NONE)
              .withRates(parameter -> parameter == model.tokenEmbedding() ? 0 : 1);
      assertNeeds(rest, 3 * weights - 2 * table);
    }
  }
}
