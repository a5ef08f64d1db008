/**
 * Attention in the Vector API: forward pass, decoding for few queries, backward pass, and the tiles
 * they share.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.attention;
