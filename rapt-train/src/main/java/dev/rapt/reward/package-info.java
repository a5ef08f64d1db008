/** Rewards of answers: checks by a program, reward models, and sums of several. */
@NullMarked
package dev.rapt.reward;

import org.jspecify.annotations.NullMarked;
