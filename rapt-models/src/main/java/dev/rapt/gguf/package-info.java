/** GGUF files: metadata and tensors of a model in one file, as llama.cpp has them. */
@NullMarked
package dev.rapt.gguf;

import org.jspecify.annotations.NullMarked;
