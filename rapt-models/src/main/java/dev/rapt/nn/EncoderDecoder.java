package dev.rapt.nn;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * An encoder-decoder without its head. The encoder reads the source in both directions; the
 * decoder's blocks attend to its output.
 *
 * @param headEmbedding the token embedding to which the head is tied, if embeddings are tied
 */
public record EncoderDecoder(Backbone encoder, Backbone decoder, Parameter headEmbedding) {
  /** An encoder-decoder whose head is tied to the decoder's token embedding, if to any. */
  public EncoderDecoder(Backbone encoder, Backbone decoder) {
    this(encoder, decoder, decoder.tokenEmbedding());
  }

  /** Returns the embedding tables of both, the decoder's token embedding first. */
  public List<Parameter> embeddings() {
    Set<Parameter> tables = new LinkedHashSet<>(decoder.embeddings());
    tables.addAll(encoder.embeddings());
    return new ArrayList<>(tables);
  }
}
