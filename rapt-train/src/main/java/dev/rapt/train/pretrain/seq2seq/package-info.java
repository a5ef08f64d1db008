/** Objectives of encoder-decoders: span corruption, prefix LM, denoising, translation. */
@org.jspecify.annotations.NullMarked
package dev.rapt.train.pretrain.seq2seq;
