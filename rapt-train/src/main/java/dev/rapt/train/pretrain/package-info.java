/** Pretraining: objectives on plain text for all three families of models. */
@NullMarked
package dev.rapt.train.pretrain;

import org.jspecify.annotations.NullMarked;
