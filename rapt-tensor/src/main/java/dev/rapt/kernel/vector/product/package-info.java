/** Matrix products in the Vector API: in general, and of few rows with weights in 16 bits. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.vector.product;
