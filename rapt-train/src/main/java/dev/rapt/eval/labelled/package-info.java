/**
 * Models without prompts, measured on labelled examples: classifiers, taggers, embedders, and so
 * on.
 */
@NullMarked
package dev.rapt.eval.labelled;

import org.jspecify.annotations.NullMarked;
