package dev.rapt.train.embed;

import dev.rapt.autograd.Ops;
import dev.rapt.model.Encoder;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.embed.EmbeddingPipeline;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.objective.Forward;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A transformer with the modules that make a vector of its hidden states, in training.
 *
 * @param encoder the transformer
 * @param pipeline the modules behind it
 * @param chunk texts that are run at a time, so that activations of no more are in memory; 0 for
 *     all of a column
 */
public record SentenceModel(Encoder encoder, EmbeddingPipeline pipeline, int chunk) {
  private static final long COLUMN_SEED = 0xD1B54A32D192ED03L;

  /**
   * Computes the vectors of texts.
   *
   * <p>In chunks, the forward pass keeps nothing but the vectors, and the backward pass runs each
   * chunk again: GradCache, arXiv:2101.06983, section 3. The gradients are those of the whole.
   *
   * @param column number of the column, since columns drop different elements
   * @param promptTokens tokens of the prompt at the start of each text
   * @return (B, E)
   */
  public Tensor vectors(TextBatch texts, int column, int promptTokens, Forward forward) {
    Forward own = forward.withSeed(forward.seed() + column * COLUMN_SEED);
    int B = texts.batchSize();
    if (chunk == 0 || !forward.training()) {
      return run(texts, texts.tensor(forward.scope()), promptTokens, own);
    }
    List<Tensor> parts = new ArrayList<>();
    for (int from = 0; from < B; from += chunk) {
      TextBatch part = texts.rows(from, Math.min(B, from + chunk));
      Forward seeded = own.withSeed(own.seed() + from);
      Tensor vectors =
          Ops.contained(part.tensor(forward.scope()), ids -> run(part, ids, promptTokens, seeded));
      parts.add(vectors.reshape(1, vectors.numElements()));
    }
    Tensor all = Ops.concat(parts); // (1, B E)
    return all.reshape(B, all.numElements() / B);
  }

  private Tensor run(TextBatch texts, Tensor ids, int promptTokens, Forward forward) {
    Pass pass = forward.configure(texts.pass(encoder, ids)).build();
    return pipeline.vectors(encoder.hidden(ids, pass), pass, texts.lengths(), promptTokens);
  }

  /** Returns the vectors of a batch outside training, each (E). */
  float[][] measured(TextBatch texts, int promptTokens, Forward forward) {
    Tensor vectors = vectors(texts, 0, promptTokens, forward);
    float[] values = vectors.toFloats();
    int E = Math.toIntExact(vectors.lastDim());
    float[][] rows = new float[texts.batchSize()][];
    for (int b = 0; b < rows.length; b++) {
      rows[b] = Arrays.copyOfRange(values, b * E, (b + 1) * E);
    }
    return rows;
  }
}
