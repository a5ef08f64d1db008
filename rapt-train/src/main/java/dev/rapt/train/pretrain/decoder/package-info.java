/** Objectives of decoders: next tokens, infilling, several tokens at once. */
@org.jspecify.annotations.NullMarked
package dev.rapt.train.pretrain.decoder;
