/** Optimisers, schedules of the learning rate, clipping, and the moving average of weights. */
package dev.rapt.train.optim;
