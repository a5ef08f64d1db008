/** Scalar unpacking of every block format of GGML. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.scalar.block;
