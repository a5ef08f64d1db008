package dev.rapt.model;

import dev.rapt.model.family.Family;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.seq2seq.T5;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.EncoderOutput;
import dev.rapt.nn.Parameters;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.List;

/** The encoder of a T5 alone, as a T5EncoderModel is stored: text to vectors. */
public final class T5Encoder implements AutoCloseable {
  private static final FamilyTable<T5.Config, Backbone> TABLE =
      new FamilyTable<>(
          "an encoder of T5's kind",
          List.of(
              family("mt5", "MT5EncoderModel"),
              family("t5", "T5EncoderModel"),
              family("umt5", "UMT5EncoderModel")));

  private final ModelParts<T5.Config, Backbone> parts;

  private T5Encoder(ModelParts<T5.Config, Backbone> parts) {
    this.parts = parts;
  }

  private static Family<T5.Config, Backbone> family(String modelType, String className) {
    return new Family<>(modelType, className, "", T5.Config::parse, T5::encoder);
  }

  /** Loads a Hugging Face folder; weights of a decoder in it are not read. */
  public static T5Encoder load(Path folder, Path configFile) {
    return ModelParts.load(TABLE, HeadKind.NONE, folder, configFile, false, T5Encoder::new);
  }

  /** What the model is. */
  public T5.Config config() {
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
   * Runs the encoder.
   *
   * @param ids (B, S)
   * @param pass in both directions
   */
  public EncoderOutput encode(Tensor ids, Pass pass) {
    return new EncoderOutput(parts.body().forward(ids, pass), pass.lengths());
  }

  /** Frees the parameters. */
  @Override
  public void close() {
    parts.close();
  }
}
