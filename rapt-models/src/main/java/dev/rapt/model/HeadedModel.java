package dev.rapt.model;

import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.function.UnaryOperator;
import tools.jackson.databind.node.ObjectNode;

/**
 * An encoder, a decoder that classifies or embeds, or an encoder-decoder that classifies, with one
 * kind of head. Owns its parameters. One model may serve many threads, each with its own scopes and
 * passes.
 */
public abstract sealed class HeadedModel implements Model
    permits Classifier,
        Encoder,
        MaskedLm,
        MultipleChoice,
        NextSentence,
        Pretraining,
        QuestionAnswering,
        ReplacedTokenDetection {
  private final ModelParts<? extends ModelConfig, Backbone> parts;
  private final HeadKind headKind;
  private final UnaryOperator<String> classNames;

  /** Creates a model from its parts; subclasses add the head. */
  HeadedModel(ModelParts<? extends ModelConfig, Backbone> parts, HeadKind headKind) {
    this.parts = parts;
    this.headKind = headKind;
    classNames = parts.classNames(headKind != HeadKind.NONE);
  }

  /** Returns whether models of this {@code model_type} are encoders that Rapt supports. */
  public static boolean isEncoder(String modelType) {
    return EncoderFamilies.TABLE.has(modelType);
  }

  @Override
  public ModelConfig config() {
    return parts.config();
  }

  /** Returns the kind of head. */
  public final HeadKind headKind() {
    return headKind;
  }

  /** Returns the id of padding that the model knows; empty if it knows none. */
  public OptionalInt padTokenId() {
    int id =
        switch (config()) {
          case EncoderConfig encoder -> encoder.sizes().padTokenId();
          case Seq2SeqConfig seq2seq -> seq2seq.padTokenId();
          default -> -1;
        };
    return id < 0 ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** Writes the keys of config.json that describe the head. */
  void writeHead(ObjectNode json) {}

  @Override
  public Parameters parameters() {
    return parts.parameters();
  }

  @Override
  public List<Parameter> embeddings() {
    return parts.body().embeddings();
  }

  @Override
  public Set<Parameter> hiddenMatrices() {
    return Model.matrices(parts.bodyParameters(), embeddings());
  }

  @Override
  public String nameInClass(Parameter parameter) {
    return classNames.apply(parameter.name());
  }

  @Override
  public Scope scope() {
    return parts.scope();
  }

  /**
   * Starts building a pass over ids (B, T), causal for decoders, else bidirectional.
   *
   * @param lengths (B) length of each sequence, without right padding
   */
  public Pass.Builder pass(Tensor ids, int[] lengths) {
    if (isCausal()) {
      return Pass.over(ids);
    }
    Pass.Builder pass = Pass.over(ids).bidirectional(lengths);
    OptionalInt separator =
        config() instanceof EncoderConfig encoder ? encoder.globalSeparator() : OptionalInt.empty();
    return separator.isEmpty() || globalTokens() == GlobalTokens.NONE
        ? pass
        : pass.globalTokens(globalTokens().marks(ids, separator.getAsInt()));
  }

  /** Returns whether a token sees only itself and earlier tokens. */
  boolean isCausal() {
    return config() instanceof EncoderConfig encoder
        ? encoder.isCausal()
        : config() instanceof CausalConfig;
  }

  /** Returns the tokens with global attention for this task, in families that have them. */
  GlobalTokens globalTokens() {
    return GlobalTokens.NONE;
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D). */
  public Tensor hidden(Tensor ids, Pass pass) {
    parts.requirePositions(pass.numPositions());
    return parts.body().forward(ids, pass);
  }

  @Override
  public void close() {
    parts.close();
  }
}
