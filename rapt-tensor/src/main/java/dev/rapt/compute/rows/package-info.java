/**
 * Loops over rows and spans of tensors of any element type, divided among the workers. The
 * operations of {@code dev.rapt.autograd} are built from them.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.compute.rows;
