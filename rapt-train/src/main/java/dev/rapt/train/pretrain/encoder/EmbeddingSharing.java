package dev.rapt.train.pretrain.encoder;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/** How a discriminator and its generator share embeddings. DeBERTaV3, arXiv:2111.09543, table 2. */
enum EmbeddingSharing {
  /** Both learn one table, as in ELECTRA. */
  ES,
  /** Each has a table of its own. */
  NES,
  /** The discriminator adds what it learns to the table of the generator, which does not notice. */
  GDES;

  static EmbeddingSharing of(String name) {
    return Arrays.stream(values())
        .filter(sharing -> sharing.label().equals(name))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "embedding-sharing: must be one of %s, got %s"
                    .formatted(
                        Arrays.stream(values())
                            .map(EmbeddingSharing::label)
                            .collect(Collectors.joining(", ")),
                        name)));
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
