/** Tasks with one target for each text: classes, numbers, relevance. */
@NullMarked
package dev.rapt.train.task.sequence;

import org.jspecify.annotations.NullMarked;
