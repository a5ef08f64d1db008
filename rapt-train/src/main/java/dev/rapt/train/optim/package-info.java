/**
 * Optimisers, learning rate schedules, gradient clipping, and the exponential moving average of the
 * weights.
 */
package dev.rapt.train.optim;
