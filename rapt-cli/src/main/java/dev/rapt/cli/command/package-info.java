/** The commands of rapt, one class each: they parse options, call the library and print. */
package dev.rapt.cli.command;
