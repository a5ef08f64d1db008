package dev.rapt.nn;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A model of two stacks, without its head. The encoder runs in both directions over the source; the
 * blocks of the decoder attend to what it puts out.
 */
public record EncoderDecoder(Backbone encoder, Backbone decoder) {
  /** The tables that are looked up by token or position, those of the decoder's tokens first. */
  public List<Parameter> embeddings() {
    Set<Parameter> tables = new LinkedHashSet<>(decoder.embeddings());
    tables.addAll(encoder.embeddings());
    return new ArrayList<>(tables);
  }
}
