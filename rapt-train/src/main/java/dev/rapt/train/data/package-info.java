/**
 * Text files and token shards on disk: {@link dev.rapt.train.data.TokenShards} encodes text files
 * in parallel, {@link dev.rapt.train.data.TokenDataset} memory-maps the result.
 */
package dev.rapt.train.data;
