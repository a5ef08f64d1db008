package dev.rapt.train.objective;

import dev.rapt.autograd.Ops;
import dev.rapt.model.MaskedLm;
import dev.rapt.model.ReplacedTokenDetection;
import dev.rapt.nn.ParameterSum;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import java.util.List;

/**
 * Replaced-token detection: a generator, a small masked language model, puts tokens in the places
 * of masked ones, and a discriminator tells of every token whether it was replaced. A token that
 * the generator restores counts as not replaced. The loss is that of the generator plus a multiple
 * of that of the discriminator. ELECTRA, arXiv:2003.10555, section 2.
 *
 * @param generator the masked language model, whose tokens are drawn without gradient
 * @param discriminator the model that is wanted
 * @param sums parameters of the discriminator that depend on those of the generator
 * @param weight weight of the discriminator's loss; 50 in the paper
 */
public record ReplacedTokenObjective(
    MaskedLm generator, ReplacedTokenDetection discriminator, List<ParameterSum> sums, float weight)
    implements Objective<TargetBatch<ReplacedTokenObjective.Targets>> {
  private static final long DISCRIMINATOR_SEED = 0x5DEECE66DL;

  /**
   * What is predicted.
   *
   * @param tokens (B, T) the masked tokens, or -100 where none is masked
   * @param uniform (B, T) a number in [0, 1) for each masked token, by which its replacement is
   *     drawn
   */
  @SuppressWarnings("ArrayRecordComponent") // plain data for kernels, never compared
  public record Targets(int[] tokens, double[] uniform) {}

  /**
   * What both models make of a batch.
   *
   * @param generatorLoss cross entropy of the masked tokens, divided as the objective is
   * @param rightGuesses number of masked tokens to which the generator gives the highest
   *     probability
   * @param replaced (B, T) 1 where a token was replaced, else 0
   * @param logits (B, T), positive where the discriminator takes a token for replaced
   * @param detectionLoss mean binary cross entropy over the tokens that are not padding
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Outcome(
      Tensor generatorLoss,
      int rightGuesses,
      int[] replaced,
      Tensor logits,
      Tensor detectionLoss) {}

  @Override
  public Tensor loss(TargetBatch<Targets> batch, Forward forward) {
    Outcome outcome = run(batch, forward);
    // Each batch of a step has its share of the mean over tokens, as it has of the masked ones.
    float share = (float) batch.numTargets() / forward.denominator();
    return Ops.add(outcome.generatorLoss, Ops.scale(outcome.detectionLoss, weight * share));
  }

  /** Runs both models on a batch. */
  public Outcome run(TargetBatch<Targets> batch, Forward forward) {
    Scope scope = forward.scope();
    TextBatch masked = batch.texts();
    int[] tokens = batch.targets().tokens();
    Tensor ids = masked.tensor(scope);
    Tensor hidden = generator.hidden(ids, forward.configure(masked.pass(generator, ids)).build());
    Tensor targets = scope.ints(tokens, masked.batchSize(), masked.seqLen());
    Tensor generatorLoss = generator.loss(hidden, targets, forward.denominator());
    GeneratorSamples samples =
        GeneratorSamples.draw(generator, hidden, masked.ids(), tokens, batch.targets().uniform());

    sums.forEach(ParameterSum::update);
    TextBatch corrupted = masked.withIds(samples.tokens());
    Tensor read = corrupted.tensor(scope);
    Pass pass =
        forward
            .withSeed(forward.seed() ^ DISCRIMINATOR_SEED)
            .configure(corrupted.pass(discriminator, read))
            .build();
    Tensor logits = discriminator.logits(read, pass);
    return new Outcome(
        generatorLoss,
        samples.rightGuesses(),
        samples.replaced(),
        logits,
        ReplacedTokenDetection.loss(logits, samples.replaced(), pass, 0));
  }
}
