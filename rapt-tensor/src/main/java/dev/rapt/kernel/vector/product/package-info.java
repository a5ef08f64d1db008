/**
 * Matrix products (GEMM) in the Vector API: packed and register-blocked in general, and without
 * packing for few rows, with weights in f32 or 16 bits.
 */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.product;
