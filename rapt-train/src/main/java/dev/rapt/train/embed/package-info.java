/** Training of text embedders: batches of pairs and triplets, their losses and measures. */
@NullMarked
package dev.rapt.train.embed;

import org.jspecify.annotations.NullMarked;
