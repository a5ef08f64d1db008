package dev.rapt.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.autograd.Gradients;
import dev.rapt.autograd.Tape;
import dev.rapt.generate.Generator;
import dev.rapt.generate.decoding.Seq2SeqDecoding;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.generate.search.GeneratedSequence;
import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.seq2seq.LstmSeq2Seq;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.optim.AdamW;
import dev.rapt.train.optim.GradientClipping;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** A small encoder-decoder learns to write a sequence of tokens from its end to its start. */
class Seq2SeqLearningTest {
  private static final int PAD = 0;
  private static final int END = 1;
  private static final int FIRST_TOKEN = 2;
  private static final int VOCAB_SIZE = 10;
  private static final int LONGEST = 6;
  private static final int BATCH_SIZE = 32;
  private static final int STEPS = 250;
  private static final double LR = 1e-2;
  private static final long SEED = 11;

  private static int[] source(SplittableRandom random) {
    return random.ints(random.nextInt(2, LONGEST + 1), FIRST_TOKEN, VOCAB_SIZE).toArray();
  }

  /** The source from its end to its start, then the end token. */
  private static int[] target(int[] source) {
    int[] target = new int[source.length + 1];
    for (int i = 0; i < source.length; i++) {
      target[i] = source[source.length - 1 - i];
    }
    target[source.length] = END;
    return target;
  }

  private static double step(Seq2SeqLm model, SplittableRandom random, Gradients gradients, int i) {
    int[] sources = new int[BATCH_SIZE * LONGEST];
    int[] targets = new int[BATCH_SIZE * (LONGEST + 1)];
    int[] lengths = new int[BATCH_SIZE];
    Arrays.fill(targets, -100);
    for (int b = 0; b < BATCH_SIZE; b++) {
      int[] source = source(random);
      int[] target = target(source);
      lengths[b] = source.length;
      System.arraycopy(source, 0, sources, b * LONGEST, source.length);
      System.arraycopy(target, 0, targets, b * (LONGEST + 1), target.length);
    }
    try (Tape tape = Tape.open(model.scope())) {
      Tensor from = tape.ints(sources, BATCH_SIZE, LONGEST);
      EncoderOutput encoded =
          model.encode(from, Pass.over(from).bidirectional(lengths).training(i).build());
      Tensor ids = tape.ints(model.decoderInputs(targets, LONGEST + 1), BATCH_SIZE, LONGEST + 1);
      Pass pass = Pass.over(ids).encoderOutput(encoded).training(i).build();
      Tensor loss = model.loss(ids, tape.ints(targets, BATCH_SIZE, LONGEST + 1), pass, 0);
      tape.backward(loss, gradients);
      return loss.getFloat(0);
    }
  }

  private static Seq2SeqLm trained() {
    LstmSeq2Seq.Config config = LstmSeq2Seq.Config.of(VOCAB_SIZE, 32, 1, PAD).withDropout(0.1f);
    Seq2SeqLm model = Seq2SeqLm.create(config, SEED);
    SplittableRandom random = new SplittableRandom(SEED);
    List<Double> losses = new ArrayList<>();
    try (Scope scope = Scope.open();
        AdamW optimizer =
            new AdamW(
                model.parameters().track().all(), AdamW.Options.defaults().withWeightDecay(0))) {
      Gradients gradients = new Gradients(scope);
      GradientClipping clipping = new GradientClipping(model.parameters().all());
      for (int i = 0; i < STEPS; i++) {
        gradients.clear();
        losses.add(step(model, random, gradients, i));
        optimizer.step(gradients, LR, GradientClipping.factor(clipping.norm(gradients), 1));
      }
    }
    assertThat(losses.getFirst()).isBetween(2.0, 2.6); // ln 10 is 2.3
    return model;
  }

  @Test
  void anLstmWithAttentionLearnsToReverseSequences() {
    try (Seq2SeqLm model = trained()) {
      SplittableRandom random = new SplittableRandom(~SEED);
      List<int[]> sources = new ArrayList<>();
      for (int i = 0; i < 100; i++) {
        sources.add(source(random));
      }
      Seq2SeqDecoding decoding = new Seq2SeqDecoding(model, sources);
      List<GeneratedSequence> results =
          new Generator(decoding)
              .generate(
                  decoding.prompts(),
                  GenerationOptions.builder()
                      .maxNewTokens(LONGEST + 1)
                      .eosTokenIds(List.of(END))
                      .padTokenId(PAD)
                      .build())
              .sequences();
      int correct = 0;
      for (int i = 0; i < sources.size(); i++) {
        correct += Arrays.equals(results.get(i).newIds(), target(sources.get(i))) ? 1 : 0;
      }
      assertThat(correct).isGreaterThanOrEqualTo(95);
    }
  }
}
