/**
 * What an objective of pretraining is given ({@link
 * dev.rapt.train.pretrain.objective.PretrainSetup}) and what it makes of it ({@link
 * dev.rapt.train.pretrain.objective.PretrainRun}).
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.train.pretrain.objective;
