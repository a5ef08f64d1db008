/** Groups of options that commands share, and the parsing of numbers. */
package dev.rapt.cli.options;
