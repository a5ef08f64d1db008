/** Files of training examples: tables, JSON Lines, tagged sentences, parallel text. */
@NullMarked
package dev.rapt.train.example;

import org.jspecify.annotations.NullMarked;
