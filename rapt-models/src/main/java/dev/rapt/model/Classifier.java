package dev.rapt.model;

import dev.rapt.autograd.Ops;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;

/** A decoder with a head over classes, for whole sequences or for single tokens. */
public final class Classifier implements AutoCloseable {
  /** What gets a class. */
  public enum Unit {
    /** A sequence, by its last token that is not padding. */
    SEQUENCE,
    /** Each token. */
    TOKEN
  }

  private static final int DEFAULT_CLASSES = 2;

  private final ModelParts<CausalConfig, Backbone> parts;
  private final Unit unit;
  private final Linear head;
  private final int padTokenId;

  private Classifier(ModelParts<CausalConfig, Backbone> parts, Unit unit, ConfigReader json) {
    this.parts = parts;
    this.unit = unit;
    CausalConfig config = parts.config();
    int numClasses =
        json.object("id2label").map(labels -> labels.keys().size()).orElse(DEFAULT_CLASSES);
    boolean perToken = unit == Unit.TOKEN;
    head =
        Linear.of(
            parts.source().at(perToken ? "classifier" : "score"),
            config.hiddenSize(),
            numClasses,
            perToken,
            config.initStd());
    padTokenId = json.intOr("pad_token_id", -1, -1, config.vocabSize() - 1);
  }

  /** Loads a Hugging Face folder with a head for this unit. */
  public static Classifier load(Path folder, Path configFile, Unit unit) {
    ConfigReader json = ConfigReader.of(configFile);
    return ModelParts.load(
        DecoderFamilies.TABLE,
        folder,
        configFile,
        false,
        parts -> new Classifier(parts, unit, json));
  }

  /** What the model is. */
  public CausalConfig config() {
    return parts.config();
  }

  /** The weights. */
  public Parameters parameters() {
    return parts.parameters();
  }

  /** The scope that owns the parameters. */
  public Scope scope() {
    return parts.scope();
  }

  /**
   * Maps ids (B, T) to scores of the classes: (B, classes) for sequences, (B, T, classes) for
   * tokens.
   */
  public Tensor logits(Tensor ids, Pass pass) {
    parts.requirePositions(pass.totalLen());
    Tensor hidden = parts.body().forward(ids, pass); // (B, T, D)
    return head.forward(unit == Unit.TOKEN ? hidden : lastTokens(hidden, ids, pass));
  }

  /** The vector of the last token of each sequence that is not padding: (B, D). */
  private Tensor lastTokens(Tensor hidden, Tensor ids, Pass pass) {
    int seqLen = pass.seqLen();
    int[] last = new int[pass.batchSize()];
    for (int b = 0; b < last.length; b++) {
      int t = seqLen - 1;
      while (t > 0 && ids.getInt((long) b * seqLen + t) == padTokenId) {
        t--;
      }
      last[b] = b * seqLen + t;
    }
    Tensor rows = hidden.reshape(-1, hidden.lastDim());
    return Ops.embedding(rows, pass.scope().ints(last, last.length));
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    parts.close();
  }
}
