/**
 * Attention in the Vector API: forward pass, decoding of few queries, backward pass, and the
 * tiles\n * they share.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.attention;
