/** Prompts with answers: their texts, their tokens, and batches of them. */
@NullMarked
package dev.rapt.train.task.completion;

import org.jspecify.annotations.NullMarked;
