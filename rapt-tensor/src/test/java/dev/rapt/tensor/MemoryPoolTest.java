package dev.rapt.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import dev.rapt.tensor.MemoryPool.Block;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MemoryPoolTest {
  private final MemoryPool pool = new MemoryPool();

  @ParameterizedTest
  @CsvSource({
    "0, 256",
    "1, 256",
    "256, 256",
    "257, 320",
    "320, 320",
    "321, 384",
    "448, 448",
    "449, 512",
    "512, 512",
    "513, 640",
    "1000000, 1048576",
    "1048577, 1114112",
    "544538624, 570425344"
  })
  void sizesHaveFourClassesPerPowerOfTwoAndLargeOnesSixteen(long byteSize, long blockBytes) {
    assertThat(MemoryPool.sizeClass(byteSize)).isEqualTo(blockBytes);
  }

  @Test
  void atMostAFifthOfABlockIsUnused() {
    for (long size = 257; size < 1 << 24; size += 1 + size / 7) {
      long block = MemoryPool.sizeClass(size);
      assertThat(block).isGreaterThanOrEqualTo(size);
      assertThat(block - size)
          .as("unused of %d for %d", block, size)
          .isLessThanOrEqualTo(size > 1 << 20 ? block / 17 : block / 5);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 257, 4097, 1_000_003})
  void blocksAreAligned(long byteSize) {
    assertThat(pool.take(byteSize).memory.address() % 64).isZero();
  }

  @Test
  void blockIsReusedForEverySizeOfItsClass() {
    Block block = pool.take(1000);
    block.references = 3;
    pool.giveBack(block);
    assertThat(pool.take(900)).isSameAs(block);
    assertThat(block.references).isEqualTo(1);
    assertThat(pool.take(1000)).isNotSameAs(block);
    pool.giveBack(block);
    assertThat(pool.take(2000)).isNotSameAs(block);
  }

  @Test
  void smallestFreeBlockOfUpToHalfMoreIsUsed() {
    Block large = pool.take(3 << 20), medium = pool.take(5 << 19), small = pool.take(1 << 20);
    List.of(large, medium, small).forEach(pool::giveBack);
    assertThat(pool.take(2 << 20)).isSameAs(medium);
    assertThat(pool.usedBytes()).isEqualTo(5 << 19);
    assertThat(pool.freeBytes()).isEqualTo(4 << 20);
    assertThat(pool.take(2 << 20)).isSameAs(large);
    assertThat(pool.take(600_000)).isNotSameAs(small); // it is 1.6 times as large
    assertThat(pool.take(700_000)).isSameAs(small);
    assertThat(pool.freeBytes()).isZero();
  }

  @Test
  void lastBlockGivenBackIsReusedFirst() {
    Block first = pool.take(1000), second = pool.take(1000);
    pool.giveBack(second);
    pool.giveBack(first);
    assertThat(pool.take(1000)).isSameAs(first);
    assertThat(pool.take(1000)).isSameAs(second);
  }

  @Test
  void everyUseOfABlockHasItsOwnNumber() {
    Block block = pool.take(1000);
    int use = block.use;
    pool.giveBack(block);
    assertThat(block.use).isNotEqualTo(use);
  }

  @Test
  void bytesAreCounted() {
    Block a = pool.take(1024);
    Block b = pool.take(2048);
    assertThat(pool.usedBytes()).isEqualTo(3072);
    assertThat(pool.freeBytes()).isZero();
    pool.giveBack(a);
    assertThat(pool.usedBytes()).isEqualTo(2048);
    assertThat(pool.freeBytes()).isEqualTo(1024);
    assertThat(pool.peakBytes()).isEqualTo(3072);
    pool.giveBack(b);
    pool.trim();
    pool.resetPeak();
    assertThat(pool.peakBytes()).isZero();
    assertThat(pool).hasToString("MemoryPool[used 0, free 0, peak 0 bytes]");
  }

  @Test
  void trimReturnsFreeBlocksToTheSystem() {
    Block kept = pool.take(1000), free = pool.take(1000);
    pool.giveBack(free);
    pool.trim();
    assertThat(pool.freeBytes()).isZero();
    assertThatIllegalStateException()
        .isThrownBy(() -> free.memory.get(ValueLayout.JAVA_BYTE, 0))
        .withMessageContaining("closed");
    assertThat(kept.memory.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(Byte.class);
    assertThat(pool.take(1000)).isNotSameAs(free);
  }

  @Test
  void freeMemoryIsLimited() {
    // memory that is not touched takes none of the machine's
    List<Block> blocks = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      blocks.add(pool.take(64L << 20));
    }
    blocks.forEach(pool::giveBack);
    assertThat(pool.freeBytes()).isEqualTo(320L << 20);
    pool.take(1000);
    assertThat(pool.freeBytes()).isZero();
  }

  @Test
  void threadsNeverShareABlock() throws InterruptedException, ExecutionException {
    int numThreads = 4, rounds = 2000;
    List<Callable<Boolean>> tasks = new ArrayList<>();
    for (int thread = 1; thread <= numThreads; thread++) {
      long mark = thread;
      tasks.add(() -> {
        for (int i = 0; i < rounds; i++) {
          Block block = pool.take(1000);
          block.memory.set(ValueLayout.JAVA_LONG, 0, mark);
          Thread.onSpinWait();
          if (block.memory.get(ValueLayout.JAVA_LONG, 0) != mark) {
            return false;
          }
          pool.giveBack(block);
        }
        return true;
      });
    }
    try (ExecutorService executor = Executors.newFixedThreadPool(numThreads)) {
      for (Future<Boolean> result : executor.invokeAll(tasks)) {
        assertThat(result.get()).isTrue();
      }
    }
    assertThat(pool.usedBytes()).isZero();
    assertThat(pool.freeBytes()).isBetween(1024L, numThreads * 1024L);
    Set<Block> all = Collections.newSetFromMap(new IdentityHashMap<>());
    for (long left = pool.freeBytes(); left > 0; left -= 1024) {
      assertThat(all.add(pool.take(1000))).isTrue();
    }
  }

  @Test
  void blockGivenBackByAnotherThreadIsReused() throws InterruptedException {
    Block block = pool.take(1000);
    Thread.ofVirtual().start(() -> pool.giveBack(block)).join();
    assertThat(pool.take(1000)).isSameAs(block);
  }

  @Test
  void closedScopeGivesItsBlocksBack() {
    MemoryPool shared = MemoryPool.shared();
    long before = shared.usedBytes();
    try (Scope scope = Scope.open()) {
      scope.empty(DType.F32, 250);
      assertThat(shared.usedBytes()).isEqualTo(before + 1024);
      scope.release(scope.empty(DType.F32, 250));
      assertThat(shared.usedBytes()).isEqualTo(before + 1024);
    }
    assertThat(shared.usedBytes()).isEqualTo(before);
  }
}
