/**
 * From a prompt to a continuation: greedy search, sampling and beam search over any {@link
 * dev.rapt.generate.DecodingModel}, with the parameters and the results of Hugging Face's generate.
 */
package dev.rapt.generate;
