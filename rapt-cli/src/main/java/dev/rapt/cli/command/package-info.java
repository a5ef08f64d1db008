/**
 * The list of the commands of rapt, and those for the others. A command is a class in one of the
 * packages below: it parses options, calls the library and prints.
 */
package dev.rapt.cli.command;
