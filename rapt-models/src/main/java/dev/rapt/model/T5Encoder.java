package dev.rapt.model;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/** The encoder of a T5 without its decoder (T5EncoderModel). */
public final class T5Encoder implements AutoCloseable {
  /** The families of such encoders. */
  static final FamilyTable<T5.Config, Backbone> TABLE =
      new FamilyTable<>(
          "a T5 encoder",
          List.of(
              family("mt5", "MT5EncoderModel"),
              family("t5", "T5EncoderModel"),
              family("umt5", "UMT5EncoderModel")));

  private final ModelParts<T5.Config, Backbone> parts;

  /** Returns the parameters of the encoder of this configuration, without values. */
  static Parameters outline(ConfigReader json) {
    T5.Config config = ModelTypes.family(TABLE, json).parse().apply(json);
    return ModelParts.outline(TABLE, config).parameters();
  }

  private T5Encoder(ModelParts<T5.Config, Backbone> parts) {
    this.parts = parts;
  }

  private static Family<T5.Config, Backbone> family(String modelType, String className) {
    return new Family<>(modelType, className, "", T5.Config::parse, T5::encoder);
  }

  /**
   * Loads the encoder from the weights of a folder and a configuration file; weights of a decoder
   * are ignored.
   */
  public static T5Encoder load(Path folder, Path configFile) {
    return ModelParts.load(
        TABLE, HeadKind.NONE, folder, configFile, Loading.INFERENCE, T5Encoder::new);
  }

  /** Returns the configuration. */
  public T5.Config config() {
    return parts.config();
  }

  /** Returns the parameters. */
  public Parameters parameters() {
    return parts.parameters();
  }

  /** Returns the scope that owns the parameters. */
  public Scope scope() {
    return parts.scope();
  }

  /**
   * Runs the encoder.
   *
   * @param ids (B, S)
   * @param pass a bidirectional pass
   */
  public EncoderOutput encode(Tensor ids, Pass pass) {
    return parts.body().encode(ids, pass);
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    parts.close();
  }
}
