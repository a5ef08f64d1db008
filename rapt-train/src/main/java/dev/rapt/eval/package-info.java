/** Evaluations as a whole: their files, reports and comparisons. */
@NullMarked
package dev.rapt.eval;

import org.jspecify.annotations.NullMarked;
