/** Parsers of GBNF grammars and regular expressions. */
package dev.rapt.generate.constrain.syntax;
