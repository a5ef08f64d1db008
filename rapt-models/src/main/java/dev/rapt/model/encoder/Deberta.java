package dev.rapt.model.encoder;

import dev.rapt.autograd.Ops;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.model.parts.LayerNames;
import dev.rapt.model.parts.PaddingRows;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Init;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.LogBuckets;
import dev.rapt.nn.attention.QkvProjection;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Stack;
import org.jspecify.annotations.Nullable;

/** DeBERTa (arXiv:2006.03654), its second version, and DeBERTaV3 (arXiv:2111.09543). */
public final class Deberta {
  private final DebertaConfig config;
  private final EncoderSizes sizes;
  private final EncoderParts parts;
  private final @Nullable RelativePositions positions;
  private final @Nullable TokenConvolution convolution;

  private Deberta(DebertaConfig config, ParameterSource encoder) {
    this.config = config;
    sizes = config.sizes();
    parts = new EncoderParts(sizes, LayerNames.BERT);
    positions = config.relative() ? positions(encoder) : null;
    convolution =
        config.convKernel() == 0 ? null : TokenConvolution.of(config, parts, encoder.at("conv"));
  }

  /** A model with the parameters under {@code deberta} of a checkpoint. */
  public static Backbone build(DebertaConfig config, ParameterSource source) {
    ParameterSource encoder = source.at("encoder");
    Deberta model = new Deberta(config, encoder);
    return new Stack(
        model.embeddings(source.at("embeddings")),
        Stack.blocks(config.sizes().numLayers(), encoder.at("layer"), model::block),
        null);
  }

  /** The sum of all tables, widened, normalised, without padding. */
  private Embeddings embeddings(ParameterSource source) {
    Embeddings sum = Embeddings.of(parts.table(source.at("word_embeddings"), sizes.vocabSize()));
    if (config.absolute()) {
      sum =
          sum.withPositions(parts.table(source.at("position_embeddings"), sizes.maxPositions()), 0);
    }
    if (sizes.numTokenTypes() > 0) {
      sum =
          sum.withTokenTypes(
              parts.table(source.at("token_type_embeddings"), sizes.numTokenTypes()));
    }
    if (sizes.embeddingSize() != sizes.hiddenSize()) {
      Linear wider =
          Linear.of(
              source.at("embed_proj"),
              sizes.embeddingSize(),
              sizes.hiddenSize(),
              false,
              sizes.initStd());
      sum = sum.then((x, _) -> wider.forward(x));
    }
    Norm norm = parts.norm(source.at("LayerNorm"));
    return sum.then((x, _) -> norm.forward(x))
        .then(PaddingRows::zeroed)
        .then((x, pass) -> Ops.dropout(x, pass.dropout(sizes.dropout()), pass.dropoutSeed(-1, 0)));
  }

  private RelativePositions positions(ParameterSource encoder) {
    boolean buckets = config.buckets() > 0;
    int span = buckets ? config.buckets() : config.maxRelative();
    return new RelativePositions(
        encoder
            .at("rel_embeddings")
            .get("weight", new Init.Normal(sizes.initStd()), 2L * span, sizes.hiddenSize()),
        config.normedPositions() ? parts.norm(encoder.at("LayerNorm")) : null,
        span,
        buckets ? new LogBuckets(span, config.maxRelative()) : null);
  }

  private Block block(int layer, ParameterSource source) {
    ParameterSource self = source.at("attention.self");
    Linear oProj = parts.square(source.at("attention.output.dense"));
    Layer attention =
        config.modelType().equals("deberta")
            ? attention(layer, self, oProj)
            : attentionOfV2(layer, self, oProj);
    Block block = parts.block(layer, source, attention);
    TokenConvolution after = layer == 0 ? convolution : null;
    return after == null ? block : (x, pass) -> after.add(x, block.forward(x, pass), pass);
  }

  private Layer attention(int layer, ParameterSource self, Linear oProj) {
    return new DisentangledAttention(
        layer,
        config,
        HeadwiseQkv.of(self, sizes),
        positions,
        inPlay(config.contentToPosition())
            ? Linear.of(
                self.at("pos_proj"), sizes.hiddenSize(), sizes.hiddenSize(), false, sizes.initStd())
            : null,
        inPlay(config.positionToContent()) ? parts.square(self.at("pos_q_proj")) : null,
        oProj);
  }

  private Layer attentionOfV2(int layer, ParameterSource self, Linear oProj) {
    Linear qProj = parts.square(self.at("query_proj"));
    Linear kProj = parts.square(self.at("key_proj"));
    boolean shared = config.sharedKeys();
    return new DisentangledAttention(
        layer,
        config,
        new QkvProjection.Separate(
            qProj,
            kProj,
            parts.square(self.at("value_proj")),
            sizes.numHeads(),
            sizes.numHeads(),
            sizes.headDim()),
        positions,
        inPlay(config.contentToPosition())
            ? shared ? kProj : parts.square(self.at("pos_key_proj"))
            : null,
        inPlay(config.positionToContent())
            ? shared ? qProj : parts.square(self.at("pos_query_proj"))
            : null,
        oProj);
  }

  private boolean inPlay(boolean term) {
    return term && config.relative();
  }
}
