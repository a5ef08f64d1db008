/**
 * Kernels in the Vector API, as wide as the machine's preferred vectors. Nothing outside this
 * package may name its classes before {@code dev.rapt.compute.KernelChoice} has seen that the
 * module {@code jdk.incubator.vector} is there.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector;
