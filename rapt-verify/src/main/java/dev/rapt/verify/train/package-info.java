/** Training against recorded outputs: optimisers, schedules, clipping, whole runs. */
package dev.rapt.verify.train;
