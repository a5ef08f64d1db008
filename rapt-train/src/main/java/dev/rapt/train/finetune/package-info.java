/** Fine-tuning: a task, a model and a table of examples become a run. */
@NullMarked
package dev.rapt.train.finetune;

import org.jspecify.annotations.NullMarked;
