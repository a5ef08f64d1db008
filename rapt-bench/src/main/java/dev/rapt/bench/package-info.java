/** What the benchmarks share: units and checks. */
@NullMarked
package dev.rapt.bench;

import org.jspecify.annotations.NullMarked;
