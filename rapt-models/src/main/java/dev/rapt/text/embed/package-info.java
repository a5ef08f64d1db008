/**
 * What a sentence-transformers folder says about a model of texts: its modules from the hidden
 * states to the vector of a text, its tokenization, prompts and similarity. {@link
 * dev.rapt.text.embed.SentenceFolder} reads it.
 */
package dev.rapt.text.embed;
