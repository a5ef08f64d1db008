/** Objectives of encoders: masked tokens, sentence pairs, replaced tokens. */
@org.jspecify.annotations.NullMarked
package dev.rapt.train.pretrain.encoder;
