/** Tasks that learn from preferences: of two answers, the better one. */
@NullMarked
package dev.rapt.train.task.prefer;

import org.jspecify.annotations.NullMarked;
