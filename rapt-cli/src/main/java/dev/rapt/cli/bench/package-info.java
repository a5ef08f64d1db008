/** Benchmarks of whole runs, and the comparison with other libraries. */
package dev.rapt.cli.bench;
