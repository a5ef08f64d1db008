/** Parts that decoders of several families are put together from, as checkpoints name them. */
package dev.rapt.model.parts;
