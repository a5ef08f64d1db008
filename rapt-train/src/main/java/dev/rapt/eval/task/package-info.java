/** Tasks of evaluation in the YAML of lm-evaluation-harness: files, prompts, filters, metrics. */
@NullMarked
package dev.rapt.eval.task;

import org.jspecify.annotations.NullMarked;
