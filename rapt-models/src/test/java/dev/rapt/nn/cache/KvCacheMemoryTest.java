package dev.rapt.nn.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.rapt.autograd.attention.Heads;
import dev.rapt.machine.MachineMemory;
import dev.rapt.tensor.DType;
import dev.rapt.tensor.Scope;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class KvCacheMemoryTest {
  private static final int LAYERS = 3;
  private static final int ROWS = 2;
  private static final int TOKENS = 10;
  private static final int WIDTH = 8;
  private static final long BYTES = 2L * Float.BYTES * LAYERS * ROWS * TOKENS * WIDTH;

  @AfterEach
  void forgetTheMemory() {
    System.clearProperty(MachineMemory.PROPERTY);
  }

  private static void appendOn(long machineBytes) {
    System.setProperty(MachineMemory.PROPERTY, Long.toString(machineBytes));
    try (Scope scope = Scope.open()) {
      KvCache cache = new KvCache(scope, LAYERS, ROWS, 1000);
      Heads heads = Heads.of(scope.zeros(DType.F32, ROWS, TOKENS, WIDTH), 2, WIDTH / 2);
      cache.append(0, 0, heads, heads);
      assertThat(cache.bytes()).isPositive();
    }
  }

  @Test
  void aPromptWhoseKeysAndValuesFitIsRead() {
    appendOn(BYTES);
  }

  @Test
  void aPromptWhoseKeysAndValuesOfAllLayersDoNotFitIsRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> appendOn(BYTES - 1))
        .withMessageStartingWith(
            "prompt: its keys and values must fit into memory, got 2 sequences of 10 tokens, which"
                + " need ");
  }
}
