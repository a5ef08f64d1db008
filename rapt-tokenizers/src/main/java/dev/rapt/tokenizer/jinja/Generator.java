package dev.rapt.tokenizer.jinja;

import java.util.Iterator;

/** Elements that can be taken once, as Python's generators give them. */
record Generator(Iterator<Object> elements) {}
