/** Training of text embeddings. */
@NullMarked
package dev.rapt.train.task.embed;

import org.jspecify.annotations.NullMarked;
