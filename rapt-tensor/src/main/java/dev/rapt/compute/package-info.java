/**
 * Choice of the kernels and of the matrix library, and matrix products divided among the workers.
 */
package dev.rapt.compute;
