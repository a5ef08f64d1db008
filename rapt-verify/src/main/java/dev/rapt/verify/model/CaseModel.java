package dev.rapt.verify.model;

import dev.rapt.checkpoint.TensorEntry;
import dev.rapt.generate.decoding.DecodingModel;
import dev.rapt.generate.decoding.Prompts;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A loaded model that runs recorded calls. Inputs and outputs have their recorded names. */
public interface CaseModel extends AutoCloseable {
  /**
   * Runs the forward pass.
   *
   * @param inputs {@code input_ids}, {@code attention_mask}, {@code labels}, ... by name
   * @param args other arguments of the call
   * @param wanted names of outputs that will be compared, {@code logits}, {@code hidden_states.0},
   *     ...
   * @return at least the wanted outputs that this model knows; valid until the next call
   */
  Map<String, TensorEntry> forward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted);

  /**
   * Runs the forward and backward pass. The outputs include the gradients of {@code loss} as {@code
   * grad.<name of the weight>}.
   */
  Map<String, TensorEntry> forwardBackward(
      Map<String, TensorEntry> inputs, JsonNode args, Set<String> wanted);

  /**
   * The start of a recorded call of {@code generate}.
   *
   * @param model the model; an encoder-decoder is bound to its source texts
   * @param prompts beginnings of the rows
   */
  record Start(DecodingModel model, Prompts prompts) {}

  /** Prepares a recorded call of {@code generate}. */
  Start start(Map<String, TensorEntry> inputs, JsonNode args);

  /** Frees the model. */
  @Override
  void close();

  /** Loads the model of a case. */
  @FunctionalInterface
  interface Loader {
    /**
     * Loads a model.
     *
     * @param folder holds the weights
     * @param configFile config.json, or the same in the notation of older releases
     * @param modelClass class of the reference: {@code GPT2LMHeadModel}
     * @return null if this class of model is not supported
     * @throws dev.rapt.checkpoint.CheckpointException if it is, but the folder is damaged
     */
    @Nullable CaseModel load(Path folder, Path configFile, String modelClass);

    /** A loader of all models that this version supports. */
    static Loader all() {
      return firstOf(DecoderCase::load, EncoderCase::load, Seq2SeqCase::load);
    }

    /** A loader that tries these in order. */
    static Loader firstOf(Loader... loaders) {
      return (folder, configFile, modelClass) -> {
        for (Loader loader : loaders) {
          CaseModel model = loader.load(folder, configFile, modelClass);
          if (model != null) {
            return model;
          }
        }
        return null;
      };
    }
  }
}
