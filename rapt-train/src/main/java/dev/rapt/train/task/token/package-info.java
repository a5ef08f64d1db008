/** Tasks with a target for each token: tags, spans of answers. */
@NullMarked
package dev.rapt.train.task.token;

import org.jspecify.annotations.NullMarked;
