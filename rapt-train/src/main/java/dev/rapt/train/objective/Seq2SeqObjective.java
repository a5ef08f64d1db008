package dev.rapt.train.objective;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.train.batch.SourceTargetBatch;

/**
 * Generation of a target from a source: the cross entropy of each target token.
 *
 * @param model the encoder-decoder
 * @param smoothing label smoothing in [0, 1), in training alone; 0.1 in arXiv:1706.03762, section
 *     5.4
 */
public record Seq2SeqObjective(Seq2SeqLm model, float smoothing)
    implements Objective<SourceTargetBatch> {
  @Override
  public Tensor loss(SourceTargetBatch batch, Forward forward) {
    Scope scope = forward.scope();
    Tensor source = batch.source().tensor(scope);
    EncoderOutput encoded =
        model.encode(
            source,
            forward.configure(Pass.over(source).bidirectional(batch.source().lengths())).build());
    int[] inputs = model.decoderInputs(batch.targets(), batch.targetLen());
    Tensor ids = scope.ints(inputs, batch.batchSize(), batch.targetLen());
    Tensor targets = scope.ints(batch.targets(), batch.batchSize(), batch.targetLen());
    Pass pass = forward.configure(Pass.over(ids).encoderOutput(encoded)).build();
    float smoothed = forward.training() ? smoothing : 0;
    return model.loss(ids, targets, pass, smoothed, forward.denominator());
  }
}
