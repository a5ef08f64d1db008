/** Conversion of stored models: data types of a folder, GGUF files and back, quantised blocks. */
@NullMarked
package dev.rapt.model.convert;

import org.jspecify.annotations.NullMarked;
