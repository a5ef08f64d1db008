/**
 * ONNX files of encoders: the weights under the names of a Hugging Face checkpoint, and the
 * configuration as far as the graph shows it. The graph is read, not run.
 */
@NullMarked
package dev.rapt.onnx;

import org.jspecify.annotations.NullMarked;
