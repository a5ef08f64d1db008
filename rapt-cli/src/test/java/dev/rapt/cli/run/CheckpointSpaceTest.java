package dev.rapt.cli.run;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.cli.output.CommandException;
import dev.rapt.train.TrainOptions;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class CheckpointSpaceTest {
  private static final long WEIGHTS = 1 << 20;
  private static final TrainOptions OPTIONS = TrainOptions.builder(10).keepCheckpoints(2).build();

  /** Three checkpoints, each with weights and the two moments of AdamW in f32. */
  private static final long NEEDED = 3 * 3 * 4 * WEIGHTS;

  @Test
  void aDiskWithoutRoomForTheCheckpointsIsRefused() {
    Path folder = Path.of("run");
    assertThatCode(() -> CheckpointSpace.require(folder, WEIGHTS, OPTIONS, NEEDED))
        .doesNotThrowAnyException();
    assertThatThrownBy(() -> CheckpointSpace.require(folder, WEIGHTS, OPTIONS, NEEDED - 1))
        .isInstanceOf(CommandException.class)
        .hasMessage(
            "run: must be on a disk with room for 3 checkpoints of about 12.0 MiB, got 36.0 MiB;"
                + " free disk space, lower --keep, or write to another disk with --out");
  }
}
