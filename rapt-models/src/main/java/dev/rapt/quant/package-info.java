/** Quantisation formats of checkpoints: layout and unpacking. */
package dev.rapt.quant;
