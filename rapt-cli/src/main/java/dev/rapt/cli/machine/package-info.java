/** The machine: processor, environment, peak speeds. */
package dev.rapt.cli.machine;
