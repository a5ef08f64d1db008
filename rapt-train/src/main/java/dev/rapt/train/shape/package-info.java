/** Sizes of models: shapes, presets, and the memory and operations that they take. */
@org.jspecify.annotations.NullMarked
package dev.rapt.train.shape;
