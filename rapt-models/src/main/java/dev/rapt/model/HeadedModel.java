package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.util.OptionalInt;
import tools.jackson.databind.node.ObjectNode;

/**
 * A model that understands text instead of continuing it: an encoder, or a decoder that classifies,
 * with one kind of head. Owns its parameters; one model may serve many threads, each with scopes
 * and passes of its own.
 */
public abstract sealed class HeadedModel implements AutoCloseable
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

  public HeadedModel(ModelParts<? extends ModelConfig, Backbone> parts, HeadKind headKind) {
    this.parts = parts;
    this.headKind = headKind;
  }

  /** Whether config.json describes an encoder that this version knows. */
  public static boolean isEncoder(String modelType) {
    return EncoderFamilies.TABLE.has(modelType);
  }

  /** What the model is. */
  public ModelConfig config() {
    return parts.config();
  }

  /** What the head is for. */
  public final HeadKind headKind() {
    return headKind;
  }

  /** Writes what a config.json says about the head alone. */
  void writeHead(ObjectNode json) {}

  /** The weights, a tied one once. */
  public Parameters parameters() {
    return parts.parameters();
  }

  /** The scope that owns the parameters; scopes for work with the model are children of it. */
  public Scope scope() {
    return parts.scope();
  }

  /**
   * A pass over ids (B, T) in the direction in which the model reads.
   *
   * @param lengths (B) tokens before the padding on the right
   */
  public Pass.Builder pass(Tensor ids, int[] lengths) {
    if (!(config() instanceof EncoderConfig encoder) || encoder.isCausal()) {
      return Pass.over(ids);
    }
    Pass.Builder pass = Pass.over(ids).bidirectional(lengths);
    OptionalInt separator = encoder.globalSeparator();
    return separator.isEmpty() || globalTokens() == GlobalTokens.NONE
        ? pass
        : pass.globalTokens(globalTokens().marks(ids, separator.getAsInt()));
  }

  /** Which tokens the task makes global, where the family has global tokens. */
  GlobalTokens globalTokens() {
    return GlobalTokens.NONE;
  }

  /** Maps ids (B, T) to the last hidden state (B, T, D). */
  public Tensor hidden(Tensor ids, Pass pass) {
    parts.requirePositions(pass.totalLen());
    return parts.body().forward(ids, pass);
  }

  /** Frees the parameters; tensors computed with them stay readable until their scopes close. */
  @Override
  public void close() {
    parts.close();
  }
}
