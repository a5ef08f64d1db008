/** Random numbers that are a function of a seed and counters, so that no state need be saved. */
@NullMarked
package dev.rapt.train.random;

import org.jspecify.annotations.NullMarked;
