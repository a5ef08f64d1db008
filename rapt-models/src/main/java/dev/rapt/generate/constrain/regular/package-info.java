/** Finite automata over integers: code points, or bytes and calls of rules. */
package dev.rapt.generate.constrain.regular;
