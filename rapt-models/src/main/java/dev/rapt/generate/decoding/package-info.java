/** Models that generate token by token: prompts, and decoding with a KV cache. */
package dev.rapt.generate.decoding;
