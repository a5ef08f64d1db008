/** Figures of an evaluation: how they follow from their examples, and how certain they are. */
@NullMarked
package dev.rapt.eval.figure;

import org.jspecify.annotations.NullMarked;
