/**
 * Element-wise kernels in the Vector API: arithmetic, activations, gates, dropout, conversion,
 * transposition.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.elementwise;
