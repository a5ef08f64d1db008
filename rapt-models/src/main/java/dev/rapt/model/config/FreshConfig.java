package dev.rapt.model.config;

import tools.jackson.databind.node.ObjectNode;

/** A decoder that can be trained from scratch: its configuration can be written. */
public interface FreshConfig extends CausalConfig {
  /** Writes the keys by which a Hugging Face config.json describes this model. */
  void write(ObjectNode json);

  /** The same model for another vocabulary. */
  FreshConfig withVocabSize(int size);
}
