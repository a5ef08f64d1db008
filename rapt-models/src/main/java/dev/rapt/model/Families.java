package dev.rapt.model;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.config.DecoderConfig;
import dev.rapt.model.config.Gpt2Config;
import dev.rapt.model.config.LlamaConfig;
import dev.rapt.model.config.ModelConfig;
import dev.rapt.model.decoder.Decoder;
import dev.rapt.model.gpt2.Gpt2;
import dev.rapt.model.llama.Llama;
import dev.rapt.nn.Backbone;
import dev.rapt.nn.ParameterSource;
import dev.rapt.nn.Parameters;

/** The one place that lists the families: how each is read, built and named. */
final class Families {
  private Families() {}

  /** Reads the configuration of whichever family config.json names. */
  static ModelConfig parse(ConfigReader json) {
    String type = json.requireString("model_type");
    return switch (type) {
      case Gpt2Config.MODEL_TYPE -> Gpt2Config.parse(json);
      case LlamaConfig.MODEL_TYPE -> LlamaConfig.parse(json);
      case DecoderConfig.MODEL_TYPE -> DecoderConfig.parse(json);
      default ->
          throw json.error(
              "model_type",
              "must be one of %s, %s, %s, got %s"
                  .formatted(
                      Gpt2Config.MODEL_TYPE,
                      LlamaConfig.MODEL_TYPE,
                      DecoderConfig.MODEL_TYPE,
                      type));
    };
  }

  /** Builds the model without head. */
  static Backbone build(ModelConfig config, ParameterSource source, Parameters parameters) {
    return switch (config) {
      case Gpt2Config gpt2 -> new Gpt2(gpt2, source);
      case LlamaConfig llama -> new Llama(llama, source);
      case DecoderConfig decoder -> new Decoder(decoder, source, parameters);
    };
  }

  /** Where the model without head lies in a checkpoint that has a head, too. */
  static String prefix(ModelConfig config) {
    return switch (config) {
      case Gpt2Config _ -> "transformer";
      case LlamaConfig _, DecoderConfig _ -> "model";
    };
  }

  /** The class of the Python library for a causal language model of this family. */
  static String causalLmClass(ModelConfig config) {
    return switch (config) {
      case Gpt2Config _ -> "GPT2LMHeadModel";
      case LlamaConfig _ -> "LlamaForCausalLM";
      case DecoderConfig _ -> "RaptDecoderForCausalLM";
    };
  }
}
