/** Commands that read texts with a model or its tokenizer. */
package dev.rapt.cli.command.text;
