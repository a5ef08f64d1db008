/**
 * Constrained generation: a {@link dev.rapt.generate.constrain.Grammar} (a JSON Schema, a regular
 * expression, a GBNF grammar, or choices) becomes a constraint on the tokens of a vocabulary.
 */
package dev.rapt.generate.constrain;
