/**
 * Work on tensors of any element type, divided into rows or spans among the workers. What the\n *
 * operations of {@code dev.rapt.autograd} are made of.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.compute.rows;
