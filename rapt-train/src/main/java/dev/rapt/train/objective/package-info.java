/** Objectives: the losses by which models are trained. */
@NullMarked
package dev.rapt.train.objective;

import org.jspecify.annotations.NullMarked;
