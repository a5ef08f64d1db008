package dev.rapt.reward;

import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A weighted sum of rewards, computed on a thread of its own with a time limit. For one thread at a
 * time.
 */
public final class RewardSum implements AutoCloseable {
  private final List<Part> parts;
  private final Duration limit;
  private final ExecutorService executor =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("rapt-reward").factory());

  /**
   * A reward of the sum.
   *
   * @param name names it in errors and metrics
   */
  public record Part(String name, double weight, Reward reward) {}

  /**
   * A sum of rewards, which are closed with it.
   *
   * @param limit longest time for the answers to one prompt
   */
  public RewardSum(List<Part> parts, Duration limit) {
    this.parts = List.copyOf(parts);
    this.limit = limit;
  }

  /**
   * Makes the rewards that are written as text.
   *
   * @param answer column of the right answer
   * @throws IllegalArgumentException if there is none, or one is not written as a reward
   */
  public static RewardSum parse(List<String> specs, String answer, Duration limit) {
    if (specs.isEmpty()) {
      throw new IllegalArgumentException(
          "--reward: must be given, got none; pass what checks the answers, such as --reward number");
    }
    List<Part> parts = new ArrayList<>();
    try {
      for (RewardSpec spec : specs.stream().map(RewardSpec::parse).toList()) {
        String kind = spec.kind().label();
        long before = parts.stream().filter(part -> part.name().startsWith(kind)).count();
        String name = before == 0 ? kind : kind + (before + 1);
        parts.add(new Part(name, spec.weight(), spec.open(answer)));
      }
    } catch (RuntimeException e) {
      close(parts);
      throw e;
    }
    return new RewardSum(parts, limit);
  }

  /** Returns the rewards of the sum. */
  public List<Part> parts() {
    return parts;
  }

  /**
   * Returns the rewards of several answers to a prompt.
   *
   * @return of each answer the reward of each part, without weights
   * @throws dev.rapt.train.example.ExampleException if a reward fails, takes too long or is not
   *     finite
   */
  public double[][] partsOf(String prompt, List<String> answers, Example example) {
    double[][] rewards = new double[answers.size()][parts.size()];
    for (int p = 0; p < parts.size(); p++) {
      double[] found = compute(parts.get(p), prompt, answers, example);
      for (int i = 0; i < found.length; i++) {
        rewards[i][p] = found[i];
      }
    }
    return rewards;
  }

  /** Returns the weighted sum of the rewards of an answer. */
  public double sum(double[] rewards) {
    double sum = 0;
    for (int p = 0; p < rewards.length; p++) {
      sum += parts.get(p).weight() * rewards[p];
    }
    return sum;
  }

  private double[] compute(Part part, String prompt, List<String> answers, Example example) {
    Future<double[]> running =
        executor.submit(() -> part.reward().ofEach(prompt, answers, example));
    double[] found;
    try {
      found = running.get(limit.toNanos(), TimeUnit.NANOSECONDS);
    } catch (TimeoutException e) {
      running.cancel(true);
      throw example.error(
          "the reward %s must end within %s s for the answers to a prompt, but it did not; repair it, or raise --reward-timeout"
              .formatted(part.name(), limit.toMillis() / 1000.0));
    } catch (InterruptedException e) {
      running.cancel(true);
      Thread.currentThread().interrupt();
      throw new IllegalStateException("reward: interrupted", e);
    } catch (ExecutionException e) {
      throw failure(part, example, e);
    }
    for (int i = 0; i < answers.size(); i++) {
      double reward = i < found.length ? found[i] : Double.NaN;
      if (!Double.isFinite(reward)) {
        throw example.error(
            "the reward %s must be a finite number, got %s for the answer \"%s\""
                .formatted(part.name(), reward, answers.get(i)));
      }
    }
    return found;
  }

  private static RuntimeException failure(Part part, Example example, ExecutionException thrown) {
    Throwable cause = thrown.getCause() == null ? thrown : thrown.getCause();
    if (cause instanceof Error error) {
      throw error;
    }
    if (cause instanceof ExampleException known) {
      return known;
    }
    RuntimeException failure =
        example.error(
            "the reward %s must return a number, but it failed: %s"
                .formatted(part.name(), cause.getMessage() == null ? cause : cause.getMessage()));
    failure.initCause(cause);
    return failure;
  }

  private static void close(List<Part> parts) {
    for (Part part : parts) {
      if (part.reward() instanceof ModelReward model) {
        model.close();
      }
    }
  }

  @Override
  public void close() {
    executor.shutdownNow();
    close(parts);
  }
}
