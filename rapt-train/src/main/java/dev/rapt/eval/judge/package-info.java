/** A model as a judge of pairs of answers, and how far it agrees with other raters. */
@NullMarked
package dev.rapt.eval.judge;

import org.jspecify.annotations.NullMarked;
