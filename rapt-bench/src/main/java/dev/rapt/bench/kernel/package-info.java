/**
 * Speed of kernels on all workers, by the operations that use them. Each benchmark runs the best
 * kernels of the machine and, for comparison, the scalar ones.
 */
@NullMarked
package dev.rapt.bench.kernel;

import org.jspecify.annotations.NullMarked;
