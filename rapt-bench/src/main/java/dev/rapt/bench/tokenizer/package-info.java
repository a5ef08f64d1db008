/** Speed of encoding text and of training tokenizers. */
@NullMarked
package dev.rapt.bench.tokenizer;

import org.jspecify.annotations.NullMarked;
