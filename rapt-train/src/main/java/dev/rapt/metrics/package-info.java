/** Metrics of predictions against references, by their published definitions. */
@NullMarked
package dev.rapt.metrics;

import org.jspecify.annotations.NullMarked;
