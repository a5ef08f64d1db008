/** The block formats of GGML, in which GGUF files hold quantised weights. */
@NullMarked
package dev.rapt.quant.ggml;

import org.jspecify.annotations.NullMarked;
