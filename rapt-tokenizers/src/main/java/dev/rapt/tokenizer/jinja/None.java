package dev.rapt.tokenizer.jinja;

/** The value {@code none}. */
enum None {
  NONE
}
