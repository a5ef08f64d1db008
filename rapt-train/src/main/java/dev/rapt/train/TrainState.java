package dev.rapt.train;

import org.jspecify.annotations.Nullable;

/**
 * The state of a run in a checkpoint, apart from its tensors.
 *
 * @param step number of updates made
 * @param tokensSeen number of tokens trained on
 * @param seconds training time in seconds
 * @param best the best evaluation; null before the first
 * @param evaluationsSinceBest evaluations after the best one
 * @param loss loss of the last update, in nats per token; null before the first
 * @param heldOutLoss loss of the last evaluation, in nats per token; null before the first
 * @param options the options of the run
 */
public record TrainState(
    long step,
    long tokensSeen,
    double seconds,
    Measurement.@Nullable Best best,
    int evaluationsSinceBest,
    @Nullable Double loss,
    @Nullable Double heldOutLoss,
    TrainOptions options) {}
