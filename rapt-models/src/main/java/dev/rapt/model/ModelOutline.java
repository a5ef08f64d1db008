package dev.rapt.model;

import dev.rapt.checkpoint.CheckpointException;
import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.CausalConfig;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.config.Seq2SeqConfig;
import dev.rapt.model.decoder.DecoderFamilies;
import dev.rapt.model.encoder.EncoderFamilies;
import dev.rapt.model.family.FamilyTable;
import dev.rapt.model.load.HeadKind;
import dev.rapt.model.load.ModelParts;
import dev.rapt.model.load.ModelTypes;
import dev.rapt.model.load.TextPart;
import dev.rapt.model.seq2seq.Seq2SeqFamilies;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.EncoderDecoder;
import dev.rapt.nn.Init;
import dev.rapt.nn.Parameter;
import dev.rapt.nn.Parameters;
import dev.rapt.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The parameters that a config.json describes, without weights: those of the class that it names,
 * or of the usual one of its family.
 */
public final class ModelOutline {
  private ModelOutline() {}

  /** A parameter without its value. */
  public record Outlined(Shape shape, Init init) {}

  /** Returns name and shape of each parameter, as {@link #parameters} does. */
  public static Map<String, Shape> of(ConfigReader json) {
    Map<String, Shape> shapes = new LinkedHashMap<>();
    parameters(json).forEach((name, outlined) -> shapes.put(name, outlined.shape));
    return shapes;
  }

  /**
   * Returns each parameter by its name; tied ones occur once. Of a multimodal model these are the
   * parameters of its text part.
   *
   * @throws CheckpointException if Rapt does not have the family, or a key is missing or wrong
   */
  public static Map<String, Outlined> parameters(ConfigReader json) {
    ConfigReader described = TextPart.of(json).map(TextPart::text).orElse(json);
    String type = ModelTypes.require(described);
    @Nullable HeadKind kind = HeadKind.of(json).orElse(null);
    try {
      return DecoderFamilies.TABLE.has(type)
          ? decoder(json, kind, outline(DecoderFamilies.TABLE, described))
          : Seq2SeqFamilies.TABLE.has(type)
              ? encoderDecoder(json, kind)
              : encoder(json, kind, outline(EncoderFamilies.TABLE, described));
    } catch (IllegalArgumentException e) {
      String problem = String.valueOf(e.getMessage()).replaceFirst("^config\\.json: ", "");
      throw new CheckpointException(json.path(), null, problem, e);
    }
  }

  private static <C extends ModelConfig, B> ModelParts<C, B> outline(
      FamilyTable<C, B> families, ConfigReader json) {
    return ModelParts.outline(families, ModelTypes.family(families, json).parse().apply(json));
  }

  private static Map<String, Outlined> decoder(
      ConfigReader json, @Nullable HeadKind kind, ModelParts<CausalConfig, Backbone> parts) {
    return switch (kind) {
      case SEQUENCE_CLASSIFICATION ->
          outlined(Classifier.ofDecoder(parts, Classifier.Unit.SEQUENCE, Labels.parse(json), -1));
      case TOKEN_CLASSIFICATION ->
          outlined(Classifier.ofDecoder(parts, Classifier.Unit.TOKEN, Labels.parse(json), -1));
      case NONE -> outlined(parts.parameters());
      case null, default -> outlined(new CausalLm(parts).parameters());
    };
  }

  private static Map<String, Outlined> encoderDecoder(ConfigReader json, @Nullable HeadKind kind) {
    if (kind == HeadKind.SEQUENCE_CLASSIFICATION) {
      return outlined(Classifier.ofEncoderDecoder(outline(Seq2SeqBackbone.TABLE, json), json));
    }
    boolean isBare = kind == HeadKind.NONE;
    if (isBare && json.strings("architectures").getFirst().endsWith("EncoderModel")) {
      return outlined(T5Encoder.outline(json));
    }
    ModelParts<Seq2SeqConfig, EncoderDecoder> parts = outline(Seq2SeqFamilies.TABLE, json);
    return outlined(isBare ? parts.parameters() : new Seq2SeqLm(parts).parameters());
  }

  private static Map<String, Outlined> encoder(
      ConfigReader json, @Nullable HeadKind kind, ModelParts<EncoderConfig, Backbone> parts) {
    return outlined(
        switch (kind) {
          case MASKED_LM -> new MaskedLm(parts);
          case SEQUENCE_CLASSIFICATION ->
              Classifier.ofEncoder(parts, Classifier.Unit.SEQUENCE, Labels.parse(json));
          case TOKEN_CLASSIFICATION ->
              Classifier.ofEncoder(parts, Classifier.Unit.TOKEN, Labels.parse(json));
          case QUESTION_ANSWERING -> new QuestionAnswering(parts);
          case MULTIPLE_CHOICE -> new MultipleChoice(parts);
          case NEXT_SENTENCE -> new NextSentence(parts);
          case PRETRAINING ->
              parts.config().discriminator() == null
                  ? new Pretraining(parts)
                  : new ReplacedTokenDetection(parts);
          case null, default -> Encoder.withPooler(parts);
        });
  }

  private static Map<String, Outlined> outlined(HeadedModel model) {
    return outlined(model.parameters());
  }

  private static Map<String, Outlined> outlined(Parameters parameters) {
    Map<String, Outlined> outlined = new LinkedHashMap<>();
    for (Parameter parameter : parameters) {
      outlined.put(parameter.name(), new Outlined(parameter.shape(), parameters.initOf(parameter)));
    }
    parameters.scope().close();
    return outlined;
  }
}
