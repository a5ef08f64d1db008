/** Many completions by one model at once: continuous batching, chunked prefill, shared prefixes. */
package dev.rapt.generate.batch;
