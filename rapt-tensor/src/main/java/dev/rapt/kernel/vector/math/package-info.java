/**
 * What all kernels in the Vector API share: access to memory a vector at a time, elementary\n *
 * functions, activations and conversions of vectors.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.math;
