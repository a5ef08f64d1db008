/** Sizes of a model folder, read from its configuration and the headers of its weights. */
package dev.rapt.model.summary;
