/**
 * The Jinja template language, as far as chat templates use it, with the values and the formatting
 * of Python. Templates cannot change their input, read files or run code.
 */
package dev.rapt.tokenizer.jinja;
