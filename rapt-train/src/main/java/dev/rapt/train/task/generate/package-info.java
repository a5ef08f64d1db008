/** Tasks whose target is text: summaries, translations, answers of a chat. */
@NullMarked
package dev.rapt.train.task.generate;

import org.jspecify.annotations.NullMarked;
