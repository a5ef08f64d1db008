package dev.rapt.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class WorkersTest {
  private final Workers workers = Workers.shared();

  @Test
  void everyTaskRunsOnceInEachOfManyJobs() {
    for (int job = 0; job < 20_000; job++) {
      int count = 1 + job % 7;
      AtomicIntegerArray runs = new AtomicIntegerArray(count);
      workers.run(count, runs::incrementAndGet);
      for (int i = 0; i < count; i++) {
        assertThat(runs.get(i)).isOne();
      }
    }
  }

  @Test
  void rangesCoverEverythingOnceWhateverTheGrain() {
    for (long n : new long[] {0, 1, 2, 7, 100, 4097}) {
      for (long grain : new long[] {1, 3, 64, 10_000}) {
        AtomicIntegerArray seen = new AtomicIntegerArray((int) n);
        workers.forRange(
            n,
            grain,
            (from, to) -> {
              for (long i = from; i < to; i++) {
                seen.incrementAndGet((int) i);
              }
            });
        for (int i = 0; i < n; i++) {
          assertThat(seen.get(i)).isOne();
        }
      }
    }
  }

  @Test
  void anExceptionComesOutAfterTheOtherTasksEnded() {
    AtomicInteger ended = new AtomicInteger();
    assertThatThrownBy(() ->
            workers.run(
                100,
                i -> {
                  if (i == 3) {
                    throw new IllegalStateException("task 3");
                  }
                  ended.incrementAndGet();
                }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("task 3");
    assertThat(ended).hasValue(99);
    workers.run(4, _ -> ended.incrementAndGet());
    assertThat(ended).hasValue(103);
  }

  @Test
  void aJobInsideATaskRunsToItsEnd() {
    AtomicLong sum = new AtomicLong();
    workers.run(8, i -> workers.run(8, j -> sum.addAndGet(8L * i + j)));
    assertThat(sum).hasValue(63 * 64 / 2);
  }

  @Test
  void manyThreadsSubmitSideBySide() throws InterruptedException {
    AtomicLong sum = new AtomicLong();
    List<Thread> threads = new ArrayList<>();
    for (int t = 0; t < 4; t++) {
      threads.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int job = 0; job < 500; job++) {
                  workers.run(5, i -> sum.addAndGet(i));
                }
              }));
    }
    for (Thread thread : threads) {
      thread.join();
    }
    assertThat(sum).hasValue(4 * 500 * 10);
  }
}
