/** Plots as pictures. */
package dev.rapt.cli.plot;
