/** Questions to models without training: few-shot prompts, given choices, self-consistency. */
@NullMarked
package dev.rapt.eval.ask;

import org.jspecify.annotations.NullMarked;
