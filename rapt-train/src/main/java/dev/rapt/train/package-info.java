/**
 * Training: the loop ({@link dev.rapt.train.Trainer}, {@link dev.rapt.train.TrainStep}), its
 * options, checkpoints and metrics, and {@link dev.rapt.train.TextTraining}, which trains a model
 * from text files in one call.
 */
package dev.rapt.train;
