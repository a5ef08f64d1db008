/** What a text may be: expressions over Unicode characters, and rules that call each other. */
package dev.rapt.generate.constrain.expression;
