/** Commands that train models. */
package dev.rapt.cli.command.train;
