/** What changes the logits of the next token: penalties, constraints, temperature, truncation. */
package dev.rapt.generate.logits;
