/**
 * From text files to batches: token shards built once and memory-mapped, and samplers whose batch
 * is a function of the seed and the step alone.
 *
 * <p>{@link dev.rapt.train.data.TokenShards} builds, {@link dev.rapt.train.data.TokenDataset}
 * reads, a {@link dev.rapt.train.data.BatchSampler} makes batches.
 */
package dev.rapt.train.data;
