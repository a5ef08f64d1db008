/** What every task of fine-tuning shares: its contract, columns, rows and tables of scores. */
@NullMarked
package dev.rapt.train.task;

import org.jspecify.annotations.NullMarked;
