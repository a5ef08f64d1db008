/**
 * What denoising objectives do to a text: masking, span corruption, infilling, fill-in-the-middle.
 * Each is a function of tokens and random draws; none knows a model.
 */
@NullMarked
package dev.rapt.train.noise;

import org.jspecify.annotations.NullMarked;
