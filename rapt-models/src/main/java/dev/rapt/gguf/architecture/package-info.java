/** Architectures as GGUF files name them: keys, tensors and tokenizers of the releases. */
@NullMarked
package dev.rapt.gguf.architecture;

import org.jspecify.annotations.NullMarked;
