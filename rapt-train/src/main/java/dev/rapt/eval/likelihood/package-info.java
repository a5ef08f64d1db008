/** How likely a decoder finds texts. */
@NullMarked
package dev.rapt.eval.likelihood;

import org.jspecify.annotations.NullMarked;
