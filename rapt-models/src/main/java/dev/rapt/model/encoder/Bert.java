package dev.rapt.model.encoder;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.EncoderSizes;
import dev.rapt.model.config.HeadTransform;
import dev.rapt.model.family.Family;
import dev.rapt.model.parts.EncoderParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Embeddings;
import dev.rapt.nn.Layer;
import dev.rapt.nn.Norm;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.attention.SelfAttention;
import dev.rapt.nn.block.Block;
import dev.rapt.nn.block.Residual;
import dev.rapt.nn.block.Stack;
import tools.jackson.databind.node.ObjectNode;

/**
 * BERT: a bidirectional encoder with post-norm blocks, LayerNorm, learned absolute positions,
 * segment embeddings and an MLP with GELU. arXiv:1810.04805.
 *
 * <pre>
 * x = norm(token[ids] + segment[types] + position[0 .. T - 1])        (B, T, D)
 * L times:
 *   x = norm(x + attention(x))                                        (B, T, D)
 *   x = norm(x + mlp(x))                                              (B, T, D)
 * logits = norm(gelu(x W + b)) token' + c                             (B, T, V)
 *
 * attention(x): q = x Wq + bq, k = x Wk + bk, v = x Wv + bv           (B, T, H, E)
 *               softmax(q k' / sqrt(E)) v Wo + bo                     (B, T, H E) to (B, T, D)
 * mlp(x):       gelu(x Wup + bup) Wdown + bdown                       (B, T, F) to (B, T, D)
 * norm(x):      (x - mean(x)) / sqrt(var(x) + eps) * weight + bias    over D
 * </pre>
 *
 * <p>In training, dropout acts on the embeddings, on attention weights and on the results of
 * attention and MLP. Families that share these blocks: {@link Albert}, {@link BigBird}, {@link
 * Deberta}, {@link DistilBert}, {@link Electra}, {@link Ernie}, {@link Longformer}, {@link MpNet},
 * {@link Roberta}. {@link PreNormBert} has the same parts in pre-norm blocks.
 */
public final class Bert {
  /** {@code bert}. */
  public static final Family<Config, Backbone> FAMILY =
      new Family<>("bert", "BertForMaskedLM", "bert", Config::parse, Bert::build);

  /**
   * What config.json of a BERT says.
   *
   * @param isCausal whether a token sees only itself and earlier tokens ({@code is_decoder})
   */
  public record Config(EncoderSizes sizes, String modelType, boolean isCausal)
      implements EncoderConfig {
    /** BERT itself, not one of the families that share its configuration. */
    public Config(EncoderSizes sizes, boolean isCausal) {
      this(sizes, "bert", isCausal);
    }

    /** Reads a config.json. */
    public static Config parse(ConfigReader json) {
      return new Config(
          EncoderSizes.parse(json, EncoderSizes.Keys.BERT),
          json.requireString("model_type"),
          json.boolOr("is_decoder", false));
    }

    @Override
    public void write(ObjectNode json) {
      sizes.write(json, EncoderSizes.Keys.BERT);
      json.put("is_decoder", isCausal);
    }

    @Override
    public Vocabulary vocabularyHead() {
      return vocabularyHead(sizes);
    }

    /** The masked-language-model head under BERT's names. */
    static Vocabulary vocabularyHead(EncoderSizes sizes) {
      String at = "cls.predictions";
      return new Vocabulary(
          HeadTransform.of(at + ".transform.dense", sizes.activation())
              .normed(at + ".transform.LayerNorm"),
          at + ".decoder",
          at + ".bias");
    }

    @Override
    public String pairProjection() {
      return "cls.seq_relationship";
    }
  }

  private final EncoderParts parts;

  /** BERT's blocks made of these parts, for BERT and the families that share them. */
  Bert(EncoderParts parts) {
    this.parts = parts;
  }

  /** Builds the model without its head from the parameters under {@code bert} of a checkpoint. */
  public static Backbone build(Config config, ParameterSource source) {
    Bert bert = new Bert(new EncoderParts(config.sizes(), EncoderParts.Names.BERT));
    return bert.stack(bert.embeddings(source.at("embeddings")), source);
  }

  /** norm(token + segment + position): ids (B, T) to (B, T, D). */
  Embeddings embeddings(ParameterSource source) {
    return parts.embeddings(source).withPositions(parts.positions(source), 0);
  }

  /** The blocks {@code encoder.layer.0}, ...; a post-norm block ends in a norm, so none follows. */
  Stack stack(Embeddings embeddings, ParameterSource source) {
    ParameterSource layers = source.at("encoder").at("layer");
    return new Stack(
        embeddings, Stack.blocks(parts.sizes().numLayers(), layers, this::block), null);
  }

  /** One block: maps the residual stream x (B, T, D) to (B, T, D). */
  Block block(int layer, ParameterSource source) {
    return block(layer, source, attention(layer, source));
  }

  /** One block with another attention. */
  Block block(int layer, ParameterSource source, Layer attention) {
    Norm attentionNorm = parts.norm(source.at(parts.names().attentionNorm()));
    Layer mlp = parts.mlp(source);
    Norm mlpNorm = parts.norm(source.at(parts.names().mlpNorm()));
    Residual residual = Residual.of(layer, parts.sizes().dropout());
    return (x, pass) -> {
      x = attentionNorm.forward(residual.addAttention(x, attention, x, pass));
      return mlpNorm.forward(residual.addMlp(x, mlp, x, pass));
    };
  }

  /** softmax(q k' / sqrt(E)) v, and the output projection; a token sees the whole text. */
  Layer attention(int layer, ParameterSource source) {
    return new SelfAttention(
        parts.qkv(source), // (B, T, H, E) each
        null, // no RoPE
        parts.attention(layer), // (B, T, H E)
        parts.oProj(source)); // (B, T, D)
  }
}
