/** Training runs on the command line: data, tokenizer, progress, stopping. */
package dev.rapt.cli.run;
