/**
 * From a prompt to a continuation: {@link dev.rapt.generate.Generator} runs greedy search,
 * sampling, beam search or contrastive search, with the options and the results of Hugging Face's
 * generate.
 */
package dev.rapt.generate;
