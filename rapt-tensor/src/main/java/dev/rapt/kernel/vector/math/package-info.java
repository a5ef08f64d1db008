/**
 * Building blocks of all kernels in the Vector API: memory access, exponential functions,
 * activations and type conversions of vectors.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.math;
