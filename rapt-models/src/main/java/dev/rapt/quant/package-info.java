/** Formats in which checkpoints pack matrices: their layout, and how they are unpacked. */
package dev.rapt.quant;
