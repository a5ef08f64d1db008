/**
 * The Jinja language, as far as chat templates use it: text in, text out, with the values and the
 * formatting of Python. Templates cannot change the values they are given, read files or run code.
 */
package dev.rapt.tokenizer.jinja;


