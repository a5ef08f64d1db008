/** Kernels as plain loops: the reference by which every other implementation is judged. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.scalar;
