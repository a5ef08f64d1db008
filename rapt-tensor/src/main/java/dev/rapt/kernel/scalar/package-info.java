/** Scalar kernels, plain loops: the reference that all other implementations are tested against. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.scalar;
