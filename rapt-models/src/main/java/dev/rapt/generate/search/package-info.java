/**
 * How tokens are chosen: greedy search, sampling, beam search and contrastive search over a {@link
 * dev.rapt.generate.decoding.DecodingModel}, and their results.
 */
package dev.rapt.generate.search;
