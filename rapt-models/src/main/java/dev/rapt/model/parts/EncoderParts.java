package dev.rapt.model.parts;

import dev.rapt.model.config.EncoderSizes;
import dev.rapt.nn.Embedding;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.Attention;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.mlp.Mlp;

/**
 * Builds the parts of a BERT-like encoder: embeddings, LayerNorm, attention projections, MLP. All
 * linear layers have biases. Unless a method says otherwise, its source is that of a whole layer,
 * for example {@code bert.encoder.layer.3}.
 *
 * @param sizes of the encoder
 * @param names of the parts in the checkpoints of the family
 */
public record EncoderParts(EncoderSizes sizes, Names names) {
  /**
   * Names of the parts of a post-norm layer in a checkpoint.
   *
   * @param qProj query projection
   * @param kProj key projection
   * @param vProj value projection
   * @param oProj output projection of attention
   * @param attentionNorm norm after attention
   * @param upProj first layer of the MLP
   * @param downProj second layer of the MLP
   * @param mlpNorm norm after the MLP
   */
  public record Names(
      String qProj,
      String kProj,
      String vProj,
      String oProj,
      String attentionNorm,
      String upProj,
      String downProj,
      String mlpNorm) {
    /** BERT and most families since. */
    public static final Names BERT =
        new Names(
            "attention.self.query",
            "attention.self.key",
            "attention.self.value",
            "attention.output.dense",
            "attention.output.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");

    /** ALBERT. */
    public static final Names ALBERT =
        new Names(
            "attention.query",
            "attention.key",
            "attention.value",
            "attention.dense",
            "attention.LayerNorm",
            "ffn",
            "ffn_output",
            "full_layer_layer_norm");

    /** DistilBERT. */
    public static final Names DISTILBERT =
        new Names(
            "attention.q_lin",
            "attention.k_lin",
            "attention.v_lin",
            "attention.out_lin",
            "sa_layer_norm",
            "ffn.lin1",
            "ffn.lin2",
            "output_layer_norm");

    /** MPNet. */
    public static final Names MPNET =
        new Names(
            "attention.attn.q",
            "attention.attn.k",
            "attention.attn.v",
            "attention.attn.o",
            "attention.LayerNorm",
            "intermediate.dense",
            "output.dense",
            "output.LayerNorm");
  }

  /**
   * Token embeddings, segment embeddings if the family has them, then LayerNorm and dropout. The
   * family adds its positions.
   *
   * @param source of the embeddings, for example {@code bert.embeddings}
   */
  public Embeddings embeddings(ParameterSource source) {
    int width = sizes.embeddingSize();
    return embeddingsWithoutNorm(source)
        .withNorm(Norm.LayerNorm.of(source.at("LayerNorm"), width, sizes.normEps(), true));
  }

  /** As {@link #embeddings}, without the LayerNorm. */
  public Embeddings embeddingsWithoutNorm(ParameterSource source) {
    Embeddings tokens = Embeddings.of(tokens(source)).withDropout(sizes.dropout());
    return sizes.numTokenTypes() == 0 ? tokens : tokens.withTokenTypes(segments(source));
  }

  /** The token embeddings (V, embeddingSize); source of the embeddings. */
  public Embedding tokens(ParameterSource source) {
    return Embedding.ofTokens(
            source.at("word_embeddings"), sizes.vocabSize(), sizes.embeddingSize(), sizes.initStd())
        .withPadding(sizes.padTokenId());
  }

  /** The learned segment embeddings (numTokenTypes, embeddingSize); source of the embeddings. */
  public Embedding segments(ParameterSource source) {
    return table(source.at("token_type_embeddings"), sizes.numTokenTypes());
  }

  /** The learned absolute positions (maxPositions, embeddingSize); source of the embeddings. */
  public Embedding positions(ParameterSource source) {
    return table(source.at("position_embeddings"), sizes.maxPositions());
  }

  /** An embedding table (numRows, embeddingSize); source of the table. */
  public Embedding table(ParameterSource source, int numRows) {
    return Embedding.of(source, numRows, sizes.embeddingSize(), sizes.initStd());
  }

  /** LayerNorm over D; source of the norm. */
  public Norm norm(ParameterSource source) {
    return Norm.LayerNorm.of(source, sizes.hiddenSize(), sizes.normEps(), true);
  }

  /** Query, key and value projections: (B, T, D) to (B, T, H, E) each. */
  public QkvProjection.Separate qkv(ParameterSource source) {
    return qkv(source, "", true);
  }

  /** Query, key and value projections whose names have this suffix. */
  public QkvProjection.Separate qkv(ParameterSource source, String suffix, boolean hasBias) {
    return new QkvProjection.Separate(
        linear(source.at(names.qProj() + suffix), hasBias),
        linear(source.at(names.kProj() + suffix), hasBias),
        linear(source.at(names.vProj() + suffix), hasBias),
        sizes.numHeads(),
        sizes.numHeads(),
        sizes.headDim());
  }

  /** Bidirectional attention over all tokens, scores scaled by 1 / sqrt(E), with dropout. */
  public Attention attention(int layer) {
    return Attention.of(layer, sizes.headDim()).withDropout(sizes.attentionDropout());
  }

  /** The output projection of attention (D, D). */
  public Linear oProj(ParameterSource source) {
    return linear(source.at(names.oProj()));
  }

  /** A linear layer (D, D) with bias; source of the layer. */
  public Linear linear(ParameterSource source) {
    return linear(source, true);
  }

  private Linear linear(ParameterSource source, boolean hasBias) {
    return Linear.of(source, sizes.hiddenSize(), sizes.hiddenSize(), hasBias, sizes.initStd());
  }

  /** An MLP without gate: two linear layers, the activation between them. */
  public Mlp mlp(ParameterSource source) {
    int D = sizes.hiddenSize();
    int F = sizes.intermediateSize();
    return new Mlp(
        Linear.of(source.at(names.upProj()), D, F, true, sizes.initStd()),
        sizes.activation(),
        Linear.of(source.at(names.downProj()), F, D, true, sizes.initStd()));
  }
}
