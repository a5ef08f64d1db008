package dev.rapt.generate.batch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.CausalLmDecoding;
import dev.rapt.generate.decoding.Prompts;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.FinishReason;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.kernel.PageFormat;
import dev.rapt.model.CausalLm;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.load.ModelTypes;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Flow;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(120)
class BatcherTest {
  private static final String LLAMA =
      """
      {"model_type": "llama", "vocab_size": 40, "hidden_size": 16, "num_hidden_layers": 2,
       "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 24,
       "max_position_embeddings": 256, "initializer_range": 0.8}
      """;

  @TempDir private Path folder;
  private CausalLm model;

  @BeforeEach
  void create() throws IOException {
    model = model(LLAMA);
  }

  @AfterEach
  void close() {
    model.close();
  }

  private CausalLm model(String config) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, config);
    ConfigReader json = ConfigReader.of(file);
    return CausalLm.create(ModelTypes.family(DecoderFamilies.TABLE, json).parse().apply(json), 5);
  }

  /** Options under which a sequence alone and one among others get equal numbers. */
  private static BatchOptions exact() {
    return BatchOptions.defaults().withCache(1 << 24, PageFormat.F32, 4);
  }

  private static int[] prompt(long seed, int length) {
    return new SplittableRandom(seed).ints(length, 1, 40).toArray();
  }

  private static GenerationOptions greedy(int tokens) {
    return GenerationOptions.builder().maxNewTokens(tokens).build();
  }

  private static GenerationOptions sampled(int tokens, long seed) {
    return GenerationOptions.builder().maxNewTokens(tokens).temperature(0.9).seed(seed).build();
  }

  private int[] alone(int[] prompt, GenerationOptions options) {
    return new Generator(new CausalLmDecoding(model))
        .generate(Prompts.of(prompt), options)
        .first()
        .newIds();
  }

  @Test
  void everySequenceGetsTheTokensThatItGetsAlone() {
    try (Batcher batcher = new Batcher(model, null, exact().withTokensPerStep(24))) {
      List<BatchRequest> requests = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        GenerationOptions options = i % 2 == 0 ? greedy(1 + i) : sampled(1 + i, i);
        requests.add(BatchRequest.of(prompt(i, 1 + 5 * (i % 13)), options));
      }
      List<Completion> completions = requests.stream().map(batcher::submit).toList();
      for (int i = 0; i < requests.size(); i++) {
        GeneratedSequence got = completions.get(i).result();
        assertThat(got.newIds())
            .as("request %d", i)
            .isEqualTo(alone(requests.get(i).prompt(), requests.get(i).options()));
        assertThat(got.finishReason()).isEqualTo(FinishReason.LENGTH);
      }
      assertThat(batcher.metrics().newTokens()).isEqualTo(820);
    }
  }

  @Test
  void aPromptInChunksHasTheRopeScalingOfTheWholePrompt() throws IOException {
    String dynamic =
        LLAMA.replace(
            "\"max_position_embeddings\": 256",
            "\"max_position_embeddings\": 16, \"rope_scaling\": {\"rope_type\": \"dynamic\", \"factor\": 4.0}");
    model.close();
    model = model(dynamic);
    try (Batcher batcher = new Batcher(model, null, exact().withTokensPerStep(16))) {
      for (int length : new int[] {5, 12, 40, 40, 41}) {
        assertThat(batcher.submit(BatchRequest.of(prompt(1, length), greedy(12))).result().newIds())
            .isEqualTo(alone(prompt(1, length), greedy(12)));
      }
      assertThat(batcher.metrics().cachedTokens()).isZero();
    }
  }

  @Test
  void aCommonPrefixIsReadOnce() {
    int[] common = prompt(1, 100);
    try (Batcher batcher = new Batcher(model, null, exact().withTokensPerStep(32))) {
      List<int[]> prompts =
          IntStream.range(0, 8)
              .mapToObj(
                  i -> IntStream.concat(IntStream.of(common), IntStream.of(i + 1, 7)).toArray())
              .toList();
      List<Completion> completions =
          prompts.stream().map(p -> batcher.submit(BatchRequest.of(p, greedy(10)))).toList();
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(completions.get(i).result().newIds())
            .isEqualTo(alone(prompts.get(i), greedy(10)));
      }
      assertThat(batcher.metrics().promptTokens()).isEqualTo(8 * 102);
      assertThat(batcher.metrics().cachedTokens()).isBetween(7L * 100, 7L * 101);
      // a conversation goes on: prompt and answer are held, the last token of the answer is not
      int[] answer = completions.get(0).result().ids();
      int[] next = Arrays.copyOf(answer, answer.length + 2);
      assertThat(batcher.submit(BatchRequest.of(next, greedy(5))).result().newIds())
          .isEqualTo(alone(next, greedy(5)));
      assertThat(batcher.metrics().cachedTokens()).isGreaterThanOrEqualTo(7 * 100 + 111);
    }
  }

  @Test
  void theNewestWaitsWhenTheCacheIsFull() {
    // 24 pages of 4 positions; six sequences of 40 positions need 60
    long page = pageBytes();
    BatchOptions small =
        BatchOptions.defaults().withCache(24 * page, PageFormat.F32, 4).withTokensPerStep(16);
    try (Batcher batcher = new Batcher(model, null, small)) {
      List<int[]> prompts = IntStream.range(0, 6).mapToObj(i -> prompt(i, 10)).toList();
      List<Completion> completions =
          prompts.stream().map(p -> batcher.submit(BatchRequest.of(p, sampled(30, 3)))).toList();
      for (int i = 0; i < prompts.size(); i++) {
        assertThat(completions.get(i).result().newIds())
            .isEqualTo(alone(prompts.get(i), sampled(30, 3)));
      }
      assertThat(batcher.metrics().preemptions()).isPositive();
      assertThat(batcher.metrics().cacheBytes()).isLessThanOrEqualTo(24 * page);
      Completion tooLong = batcher.submit(BatchRequest.of(prompt(9, 10), greedy(200)));
      assertThat(tooLong.result().finishReason()).isEqualTo(FinishReason.LENGTH);
      assertThat(tooLong.result().ids()).hasSize(97);
      assertThatThrownBy(() -> batcher.submit(BatchRequest.of(prompt(9, 100), greedy(1))))
          .hasMessage(
              "prompt: must have fewer tokens than the KV cache has room for, 96, got 100; shorten"
                  + " it or use a larger cache");
    }
  }

  private long pageBytes() {
    return 2L * 2 * 4 * 2 * 4 * Float.BYTES; // layers, keys and values, positions, heads, width
  }

  @Test
  void cancelledAndLateSequencesEndAsTheyAre() throws InterruptedException {
    try (Batcher batcher = new Batcher(model, null, exact())) {
      Completion cancelled = batcher.submit(BatchRequest.of(prompt(1, 5), greedy(200)));
      int read = 0;
      for (Completion.Token token : cancelled) {
        assertThat(token.id()).isBetween(0, 39);
        if (++read == 3) {
          cancelled.cancel();
        }
      }
      assertThat(cancelled.result().finishReason())
          .isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
      Completion late =
          batcher.submit(BatchRequest.of(prompt(1, 5), greedy(200)).withTimeout(Duration.ZERO));
      assertThat(late.result().finishReason()).isEqualTo(FinishReason.TIMEOUT);
    }
  }

  @Test
  void aProcessorThatThrowsEndsItsOwnSequenceAlone() {
    try (Batcher batcher = new Batcher(model, null, exact())) {
      Completion good = batcher.submit(BatchRequest.of(prompt(2, 5), greedy(20)));
      Completion bad =
          batcher.submit(
              BatchRequest.of(prompt(3, 5), greedy(20))
                  .withProcessors(
                      List.of((_, length, _) -> {
                        if (length > 9) {
                          throw new IllegalStateException("no more");
                        }
                      })));
      assertThatThrownBy(bad::result)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("no more");
      assertThatThrownBy(() -> bad.forEach(token -> {})).hasMessage("no more");
      assertThat(good.result().newIds()).isEqualTo(alone(prompt(2, 5), greedy(20)));
    }
  }

  @Test
  void aSubscriberGetsWhatItRequestsAndCancels() throws InterruptedException {
    try (Batcher batcher = new Batcher(model, null, exact())) {
      List<Integer> got = new ArrayList<>();
      CountDownLatch done = new CountDownLatch(1);
      batcher
          .submit(BatchRequest.of(prompt(4, 5), greedy(12)))
          .publisher()
          .subscribe(
              new Flow.Subscriber<>() {
                private Flow.Subscription subscription;

                @Override
                public void onSubscribe(Flow.Subscription own) {
                  subscription = own;
                  own.request(1);
                }

                @Override
                public void onNext(Completion.Token token) {
                  got.add(token.id());
                  subscription.request(1);
                }

                @Override
                public void onError(Throwable failure) {
                  done.countDown();
                }

                @Override
                public void onComplete() {
                  done.countDown();
                }
              });
      assertThat(done.await(60, TimeUnit.SECONDS)).isTrue();
      assertThat(got)
          .containsExactly(
              Arrays.stream(alone(prompt(4, 5), greedy(12))).boxed().toArray(Integer[]::new));
    }
  }

  @Test
  void whatItCannotDoIsRefusedByName() {
    try (Batcher batcher =
        new Batcher(model, null, exact().withMaxSequences(1).withMaxWaiting(1))) {
      assertThatThrownBy(() ->
              batcher.submit(
                  BatchRequest.of(prompt(1, 3), GenerationOptions.builder().numBeams(2).build())))
          .hasMessageContaining("numBeams");
      batcher.submit(BatchRequest.of(prompt(1, 5), greedy(240)));
      batcher.submit(BatchRequest.of(prompt(1, 5), greedy(240)));
      assertThatThrownBy(() -> batcher.submit(BatchRequest.of(prompt(1, 5), greedy(240))))
          .isInstanceOf(RejectedExecutionException.class);
    }
  }

  @Test
  void closingEndsAllSequencesAndTheThread() {
    Batcher batcher = new Batcher(model, null, exact().withMaxSequences(1));
    Completion runs = batcher.submit(BatchRequest.of(prompt(1, 5), greedy(250)));
    Completion waits = batcher.submit(BatchRequest.of(prompt(2, 5), greedy(250)));
    runs.iterator().next();
    batcher.close();
    assertThat(runs.result().finishReason()).isIn(FinishReason.CANCELLED, FinishReason.LENGTH);
    assertThat(waits.isDone()).isTrue();
    assertThat(Thread.getAllStackTraces().keySet())
        .noneMatch(thread -> thread.getName().equals("rapt-batcher"));
    assertThatThrownBy(() -> batcher.submit(BatchRequest.of(prompt(1, 5), greedy(1))))
        .isInstanceOf(RejectedExecutionException.class);
  }

  @ParameterizedTest
  @EnumSource(PageFormat.class)
  void aSavedSequenceGoesOnInAnotherBatcher(PageFormat format) throws IOException {
    Path file = folder.resolve("kv.safetensors");
    BatchOptions options = BatchOptions.defaults().withCache(1 << 24, format, 4);
    int[] first;
    int[] want;
    try (Batcher batcher = new Batcher(model, null, options)) {
      first = batcher.submit(BatchRequest.of(prompt(1, 21), greedy(9))).result().ids();
      want = batcher.submit(BatchRequest.of(first, greedy(9))).result().newIds();
      assertThat(batcher.save(first, file)).isEqualTo(first.length);
      assertThat(batcher.save(prompt(2, 9), folder.resolve("none"))).isZero();
    }
    assertThat(folder.resolve("none")).doesNotExist();
    try (Batcher batcher = new Batcher(model, null, options)) {
      assertThat(batcher.restore(file)).isEqualTo(first);
      GeneratedSequence next = batcher.submit(BatchRequest.of(first, greedy(9))).result();
      assertThat(next.newIds()).isEqualTo(want);
      assertThat(batcher.metrics().cachedTokens()).isEqualTo(first.length - 1);
    }
    try (CausalLm other = model(LLAMA.replace("0.8", "0.7"));
        Batcher batcher = new Batcher(other, null, options)) {
      assertThatThrownBy(() -> batcher.restore(file))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("must hold keys and values of this model");
      Files.write(file, new byte[] {1, 2, 3});
      assertThatThrownBy(() -> batcher.restore(file)).isInstanceOf(CheckpointException.class);
      assertThat(batcher.metrics().cacheBytes()).isZero();
    }
  }

  /** Callers from many threads that read, cancel, close, time out and throw. */
  @Test
  void survivorsGetTheirOwnTextWhateverTheOthersDo() throws InterruptedException {
    int count = Integer.getInteger("rapt.test.requests", 3000);
    Map<Long, int[]> expected = new ConcurrentHashMap<>();
    for (long kind = 0; kind < 20; kind++) {
      expected.put(kind, alone(prompt(kind, 1 + (int) kind), sampled(12, kind)));
    }
    BatchOptions options =
        BatchOptions.defaults()
            .withCache(40 * pageBytes(), PageFormat.F32, 4)
            .withTokensPerStep(32)
            .withMaxWaiting(count);
    AtomicInteger survivors = new AtomicInteger();
    AtomicInteger wrong = new AtomicInteger();
    AtomicInteger started = new AtomicInteger();
    Batcher batcher = new Batcher(model, null, options);
    List<Thread> callers = new ArrayList<>();
    for (int caller = 0; caller < 16; caller++) {
      SplittableRandom random = new SplittableRandom(caller);
      String name = "caller " + caller;
      callers.add(
          Thread.ofVirtual()
              .start(() -> {
                for (int i = 0; i < count / 16; i++) {
                  long kind = random.nextInt(20);
                  BatchRequest request =
                      BatchRequest.of(prompt(kind, 1 + (int) kind), sampled(12, kind))
                          .withCaller(name)
                          .withPriority(random.nextInt(3));
                  switch (random.nextInt(6)) {
                    case 0 -> batcher.submit(request).cancel();
                    case 1 -> {
                      try (Completion closed = batcher.submit(request)) {
                        started.addAndGet(closed.iterator().hasNext() ? 1 : 0);
                      }
                    }
                    case 2 ->
                        batcher.submit(
                            request.withTimeout(Duration.ofNanos(random.nextInt(5_000_000))));
                    case 3 ->
                        batcher.submit(
                            request.withProcessors(
                                List.of((_, length, _) -> {
                                  throw new IllegalStateException("at " + length);
                                })));
                    default -> {
                      boolean same =
                          Arrays.equals(
                              batcher.submit(request).result().newIds(), expected.get(kind));
                      survivors.incrementAndGet();
                      wrong.addAndGet(same ? 0 : 1);
                    }
                  }
                }
              }));
    }
    for (Thread caller : callers) {
      caller.join();
    }
    // ends when everything before it has ended or runs
    assertThat(batcher.submit(BatchRequest.of(prompt(0, 1), sampled(12, 0))).result().newIds())
        .isEqualTo(expected.get(0L));
    batcher.close();
    assertThat(wrong).hasValue(0);
    assertThat(survivors).hasPositiveValue();
    assertThat(started).hasPositiveValue();
    assertThat(batcher.metrics().running() + batcher.metrics().waiting()).isZero();
    assertThat(batcher.metrics().cacheBytes()).isZero();
    assertThatThrownBy(() -> batcher.submit(BatchRequest.of(prompt(0, 1), greedy(1))))
        .isInstanceOfAny(RejectedExecutionException.class, CancellationException.class);
  }
}
