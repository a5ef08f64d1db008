/**
 * Text in, answers out: models that understand text, with their tokenizers. Long lists are run in
 * batches of texts that are about equally long.
 */
package dev.rapt.text;
