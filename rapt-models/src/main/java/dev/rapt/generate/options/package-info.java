/** The options of generation, with the names and meanings of Hugging Face's GenerationConfig. */
package dev.rapt.generate.options;
