/** Block formats of GGML: how quantised values lie in memory, and the kernel that unpacks them. */
@org.jspecify.annotations.NullMarked
package dev.rapt.kernel.block;
