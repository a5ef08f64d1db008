/**
 * Building blocks of models: linear layers, norms, embeddings, parameters. They are immutable; the
 * state of a forward pass is a {@link dev.rapt.nn.Pass}.
 */
package dev.rapt.nn;
