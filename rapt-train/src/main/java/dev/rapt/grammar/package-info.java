/**
 * Short stories from a probabilistic grammar whose entropy is known exactly: the corpus of the
 * demo.
 *
 * <p>{@link dev.rapt.grammar.StoryGrammar} reads a grammar, generates, scores and measures.
 */
package dev.rapt.grammar;
