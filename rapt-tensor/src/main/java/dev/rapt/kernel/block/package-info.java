/** Block formats of GGML: how quantised values lie in memory, and the tables of their codes. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.block;
