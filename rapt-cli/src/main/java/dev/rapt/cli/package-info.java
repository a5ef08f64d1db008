/** The program {@code rapt}: main method, error handling and help of the command line. */
package dev.rapt.cli;
