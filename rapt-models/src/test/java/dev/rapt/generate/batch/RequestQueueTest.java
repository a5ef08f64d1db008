package dev.rapt.generate.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class RequestQueueTest {
  private final List<Integer> batches = Collections.synchronizedList(new ArrayList<>());
  private final CountDownLatch open = new CountDownLatch(1);

  private List<Integer> lengths(List<String> texts) {
    batches.add(texts.size());
    try {
      open.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    if (texts.contains("bad")) {
      throw new IllegalArgumentException("text: must not be bad");
    }
    return texts.stream().map(String::length).toList();
  }

  private RequestQueue<String, Integer> queue(int maxBatch, int maxWaiting) {
    return new RequestQueue<>(
        this::lengths, new RequestQueue.Limits(Duration.ofMillis(1), maxBatch, maxWaiting));
  }

  @Test
  void whatArrivesDuringABatchFormsTheNext() {
    try (RequestQueue<String, Integer> queue = queue(8, 100)) {
      List<CompletableFuture<Integer>> results = new ArrayList<>();
      results.add(queue.submit("a"));
      while (batches.isEmpty()) {
        Thread.onSpinWait();
      }
      for (int i = 2; i <= 21; i++) {
        results.add(queue.submit("a".repeat(i)));
      }
      open.countDown();
      for (int i = 0; i < results.size(); i++) {
        assertThat(results.get(i).join()).isEqualTo(i + 1);
      }
      assertThat(batches.subList(0, 3)).containsExactly(1, 8, 8);
    }
  }

  @Test
  void aRequestThatFailsFailsAlone() {
    open.countDown();
    try (RequestQueue<String, Integer> queue = queue(8, 100)) {
      List<CompletableFuture<Integer>> results =
          List.of(queue.submit("one"), queue.submit("bad"), queue.submit("three"));
      assertThat(results.get(0).join()).isEqualTo(3);
      assertThat(results.get(2).join()).isEqualTo(5);
      assertThatThrownBy(() -> queue.run("bad"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("text: must not be bad");
    }
  }

  @Test
  void aFullOrClosedQueueRejects() {
    RequestQueue<String, Integer> queue = queue(1, 1);
    queue.submit("runs");
    while (batches.isEmpty()) {
      Thread.onSpinWait();
    }
    CompletableFuture<Integer> waits = queue.submit("waits");
    assertThatThrownBy(() -> queue.submit("more"))
        .isInstanceOf(RejectedExecutionException.class)
        .hasMessage("request queue: at most 1 requests may wait; try again later");
    queue.close();
    assertThatThrownBy(waits::join).isInstanceOf(CancellationException.class);
    assertThatThrownBy(() -> queue.submit("late")).isInstanceOf(RejectedExecutionException.class);
  }
}
