package dev.rapt.nn.cache;

import dev.rapt.autograd.attention.Heads;

/** Keys and values (B, S, G, E) of one layer. */
public record KeyValue(Heads keys, Heads values) {}
