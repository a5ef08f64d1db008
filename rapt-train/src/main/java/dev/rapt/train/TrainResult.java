package dev.rapt.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * How a run ended.
 *
 * @param steps updates made, those before a resume included
 * @param tokensSeen tokens trained on
 * @param loss of the last update, in nats per token; NaN if there was none
 * @param heldOutLoss of the last evaluation, in nats per token; null if there was none
 * @param bestHeldOutLoss the lowest of all evaluations; null if there was none
 * @param seconds training time
 * @param stopped whether a stop was requested before the last step
 * @param checkpoint the last one, or null
 */
public record TrainResult(
    long steps,
    long tokensSeen,
    double loss,
    @Nullable Double heldOutLoss,
    @Nullable Double bestHeldOutLoss,
    double seconds,
    boolean stopped,
    @Nullable Path checkpoint) {}
