/**
 * Batches of token windows: a {@link dev.rapt.train.batch.BatchSampler} makes the batch of a step
 * from the seed and the step alone; {@link dev.rapt.train.batch.EvaluationBatches} cover a dataset
 * once.
 */
package dev.rapt.train.batch;
