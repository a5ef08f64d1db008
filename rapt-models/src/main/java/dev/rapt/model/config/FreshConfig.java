package dev.rapt.model.config;

import tools.jackson.databind.node.ObjectNode;

/**
 * Configuration of a decoder that can be trained from scratch, since it can be written to a
 * config.json.
 */
public interface FreshConfig extends CausalConfig {
  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);

  /** Returns a copy with this vocabulary size. */
  FreshConfig withVocabSize(int size);
}
