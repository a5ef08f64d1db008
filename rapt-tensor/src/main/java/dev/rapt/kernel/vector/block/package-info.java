/** Unpacking of GGML's block formats in the Vector API. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.block;
