package dev.rapt.train;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * The result of a run.
 *
 * @param steps number of updates, including those before a resume
 * @param tokensSeen number of tokens trained on
 * @param loss loss of the last update, in nats per token; NaN if there was none
 * @param heldOutLoss loss of the last evaluation, in nats per token; null if there was none
 * @param best the best evaluation; null if there was none
 * @param seconds training time in seconds
 * @param stopped whether a stop was requested before the last step
 * @param endedEarly whether evaluations had stopped to improve before the last step
 * @param checkpoint the last checkpoint; null if there was none
 */
public record TrainResult(
    long steps,
    long tokensSeen,
    double loss,
    @Nullable Double heldOutLoss,
    Measurement.@Nullable Best best,
    double seconds,
    boolean stopped,
    boolean endedEarly,
    @Nullable Path checkpoint) {}
