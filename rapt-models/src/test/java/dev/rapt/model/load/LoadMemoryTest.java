package dev.rapt.model.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapt.machine.MachineMemory;
import dev.rapt.model.CausalLm;
import dev.rapt.model.ModelWriter;
import dev.rapt.model.ModelWriter.TokenIds;
import dev.rapt.model.config.DecoderSizes;
import dev.rapt.model.decoder.Llama;
import dev.rapt.tensor.DType;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoadMemoryTest {
  private static final long GIB = 1L << 30;
  private static final long BILLION = 1_000_000_000L;

  @TempDir private Path folder;

  @AfterEach
  void forgetTheMemory() {
    System.clearProperty(MachineMemory.PROPERTY);
  }

  private static void machineHas(long bytes) {
    System.setProperty(MachineMemory.PROPERTY, Long.toString(bytes));
  }

  private long write() {
    Llama.Config config = Llama.Config.of(DecoderSizes.of(40, 32, 1, 4, 2, 64, 32, true));
    try (CausalLm model = CausalLm.create(config, 1)) {
      ModelWriter.write(folder, model, TokenIds.NONE, DType.BF16);
      return model.parameters().numWeights();
    }
  }

  private static LoadMemory mapped(long numWeights, long bytes) {
    return new LoadMemory(Path.of("model"), numWeights, bytes, 0);
  }

  @Test
  void theLargestTypeThatLeavesRoomIsProposed() {
    assertThat(mapped(8 * BILLION, 32 * BILLION).nextStep(24 * GIB))
        .contains("in bf16 they take 14.9 GiB");
    assertThat(mapped(8 * BILLION, 16 * BILLION).nextStep(16 * GIB))
        .isEqualTo("in q8_0 they take 7.9 GiB: rapt quantize MODEL OUT.gguf --type q8_0");
    assertThat(mapped(8 * BILLION, 16 * BILLION).nextStep(8 * GIB)).contains("--type q6_k");
    assertThat(mapped(8 * BILLION, 16 * BILLION).nextStep(6 * GIB)).contains("--type q4_0");
  }

  @Test
  void noTypeIsProposedThatIsNotSmallerThanTheFile() {
    assertThat(mapped(8 * BILLION, 4 * BILLION).nextStep(4 * GIB)).contains("--type q2_k");
    assertThat(mapped(70 * BILLION, 40 * BILLION).nextStep(8 * GIB))
        .isEqualTo("choose a smaller model");
  }

  @Test
  void weightsThatCannotBeUnpackedAreRefusedWithTheNumbers() {
    machineHas(6 * GIB);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LoadMemory(Path.of("m"), 4 * BILLION, 0, 8 * BILLION).check())
        .withMessage(
            "m: must fit into memory, got 4.0 billion weights, which take 7.5 GiB once they are"
                + " unpacked, and the machine has 6.0 GiB; in q8_0 they take 4.0 GiB: rapt quantize"
                + " MODEL OUT.gguf --type q8_0");
  }

  @Test
  void weightsInTheMappedFileRunOnAMachineThatCannotHoldThem() {
    write();
    machineHas(1000); // the norms, which are widened, take 384 bytes, the matrices 21 KB
    try (CausalLm model = CausalLm.load(folder)) {
      LoadMemory memory = LoadMemory.of(folder, model.parameters());
      assertThat(memory.mapped()).isGreaterThan(1000);
      assertThat(memory.copied()).isEqualTo(3 * 32 * Float.BYTES);
    }
  }

  @Test
  void aModelThatCannotBeTrainedIsRefusedBeforeItsWeightsAreCopied() {
    long numWeights = write();
    machineHas(Float.BYTES * numWeights);
    CausalLm.loadTrainable(folder).close();
    machineHas(Float.BYTES * numWeights - 1);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CausalLm.loadTrainable(folder))
        .withMessageContaining("must fit into memory to be trained")
        .withMessageContaining("--lora 16");
  }
}
