/** Tasks that learn from rewards of their own answers: GRPO and PPO. */
@NullMarked
package dev.rapt.train.task.reinforce;

import org.jspecify.annotations.NullMarked;
