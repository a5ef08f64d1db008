/** Commands that measure speed and compare results with those of other libraries. */
package dev.rapt.cli.command.check;
