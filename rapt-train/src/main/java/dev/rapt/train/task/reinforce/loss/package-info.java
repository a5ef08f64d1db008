/** Advantages and losses of learning from rewards, as functions of log-probabilities and values. */
@NullMarked
package dev.rapt.train.task.reinforce.loss;

import org.jspecify.annotations.NullMarked;
