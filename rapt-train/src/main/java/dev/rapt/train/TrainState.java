package dev.rapt.train;

import org.jspecify.annotations.Nullable;

/**
 * What a checkpoint remembers of a run beside its tensors.
 *
 * @param step updates made
 * @param tokensSeen tokens trained on
 * @param seconds training time
 * @param bestLoss lowest loss of an evaluation, in nats per token; null before the first
 * @param options the options of the run
 */
public record TrainState(
    long step, long tokensSeen, double seconds, @Nullable Double bestLoss, TrainOptions options) {}
