/**
 * Speculative decoding: a drafter guesses the next tokens cheaply, and one pass of the model checks
 * them all. Where guesses come from and how many pay.
 */
package dev.rapt.generate.speculate;
