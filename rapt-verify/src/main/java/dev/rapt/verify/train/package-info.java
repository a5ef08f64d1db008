/** Recorded training: optimisers, learning rate schedules, gradient clipping, whole runs. */
package dev.rapt.verify.train;
