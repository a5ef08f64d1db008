package dev.rapt.model;

import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.head.HeadParts;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.Loading;
import dev.rapt.model.load.ModelParts;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.Linear;
import dev.rapt.nn.Pass;
import dev.rapt.tensor.Tensor;
import java.nio.file.Path;
import java.util.function.BiFunction;

/** Multiple choice: an encoder that scores each of several answers to a question. */
public final class MultipleChoice extends HeadedModel {
  private final BiFunction<Tensor, Pass, Tensor> summary;
  private final Linear head;

  MultipleChoice(ModelParts<EncoderConfig, Backbone> parts) {
    super(parts, HeadKind.MULTIPLE_CHOICE);
    EncoderConfig config = parts.config();
    summary = HeadParts.summary(parts, config.choiceTransform());
    head = HeadParts.projection(parts, "classifier", 1);
  }

  /** Creates a model with parameters initialised at random by this seed. */
  public static MultipleChoice create(EncoderConfig config, long seed) {
    return new MultipleChoice(ModelParts.create(EncoderFamilies.TABLE, config, seed));
  }

  /** Loads a model from the weights of a folder and a configuration file. */
  public static MultipleChoice load(Path folder, Path configFile) {
    return ModelParts.load(
        EncoderFamilies.TABLE,
        HeadKind.MULTIPLE_CHOICE,
        folder,
        configFile,
        Loading.INFERENCE,
        MultipleChoice::new);
  }

  @Override
  GlobalTokens globalTokens() {
    return GlobalTokens.ANSWER;
  }

  /**
   * Maps ids (B choices, T), each question with each of its answers, to scores (B, choices).
   *
   * @param choices number of answers per question
   */
  public Tensor logits(Tensor ids, int choices, Pass pass) {
    return head.forward(summary.apply(hidden(ids, pass), pass)).reshape(-1, choices);
  }
}
