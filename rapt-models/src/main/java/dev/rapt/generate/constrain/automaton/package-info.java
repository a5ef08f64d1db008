/**
 * The pushdown automaton of a grammar over bytes, and the sets of its configurations: how far a
 * text may have got.
 */
package dev.rapt.generate.constrain.automaton;
