/** Tasks of fine-tuning: how their examples are read, their heads, losses and metrics. */
@NullMarked
package dev.rapt.train.task;

import org.jspecify.annotations.NullMarked;
