/**
 * Kernels in the Vector API, as wide as the machine's preferred vectors. Code outside this package
 * must not use its classes before {@code dev.rapt.compute.KernelChoice} has checked that the module
 * {@code jdk.incubator.vector} is present.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector;
