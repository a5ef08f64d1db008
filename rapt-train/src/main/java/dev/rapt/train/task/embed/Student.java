package dev.rapt.train.task.embed;

import dev.rapt.checkpoint.Checkpoint;
import dev.rapt.model.Encoder;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.load.Loading;
import dev.rapt.tensor.Scope;
import dev.rapt.text.embed.EmbeddingPipeline;
import dev.rapt.text.embed.PromptedTexts;
import dev.rapt.text.embed.SentenceFolder;
import dev.rapt.text.embed.SentenceWriter;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.embed.SentenceModel;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.task.TaskSetup;
import java.util.List;
import java.util.Map;

/**
 * An embedder that is trained, with what reads its texts and writes its folder.
 *
 * @param folder the folder that it begins with
 * @param model the model
 * @param width size of its vectors, E
 * @param texts encodes texts
 * @param maxTokens most tokens of a text
 * @param padId id of padding
 * @param files writes the files beside the weights
 */
record Student(
    SentenceFolder folder,
    SentenceModel model,
    int width,
    PromptedTexts texts,
    int maxTokens,
    int padId,
    SentenceWriter files) {
  /** Scales vectors to length 1 where the folder does not say. */
  static final String NORMALIZE = "normalize";

  /** Texts that are run at a time. */
  static final String CHUNK = "chunk";

  /**
   * Loads a model, which the caller closes.
   *
   * @param prompts prompts by name that the folder gets
   */
  static Student load(TaskSetup setup, SentenceFolder folder, Map<String, String> prompts) {
    boolean normalizes = setup.flag(NORMALIZE);
    boolean begins = setup.loading().start() != Loading.Start.STORED;
    if (begins && normalizes && folder.hasModules()) {
      throw new IllegalArgumentException(
          "normalize: must come with a model without modules.json, got one whose modules say whether it normalises; leave it out");
    }
    boolean isFresh = setup.loading().start() == Loading.Start.FRESH;
    Encoder encoder =
        Encoder.load(
            folder.transformer().folder(),
            isFresh ? setup.loading() : Loading.of(setup.loading().trained()));
    try {
      EmbeddingPipeline pipeline =
          folder.hasModules()
              ? folder.pipeline(encoder.scope(), isFresh ? setup.loading() : Loading.TRAINING)
              : folder.plainPipeline(normalizes);
      if (setup.spec().adapter() != null && !pipeline.weights().isEmpty()) {
        throw new IllegalArgumentException(
            "adapter: must come with a model whose modules have no weights, got %s; train the whole model"
                .formatted(pipeline.weights().getFirst().path()));
      }
      SentenceModel model =
          new SentenceModel(encoder, pipeline, (int) setup.number(CHUNK, 0, 0, Integer.MAX_VALUE));
      int most = folder.transformer().maxTokens(encoder.config());
      boolean isStated = folder.hasModules() && setup.spec().maxTokens() == 0;
      int maxTokens = isStated ? most : setup.maxTokens(most);
      Tokenizer tokenizer = folder.transformer().tokenizer();
      int padId =
          setup.padId(
              encoder.config() instanceof EncoderConfig config ? config.sizes().padTokenId() : -1);
      int hiddenSize = encoder.config().hiddenSize();
      return new Student(
          folder,
          model,
          width(model, padId),
          new PromptedTexts(tokenizer, folder.transformer().truncation(tokenizer, maxTokens)),
          maxTokens,
          padId,
          SentenceWriter.of(folder, hiddenSize, maxTokens, normalizes, prompts));
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  private static int width(SentenceModel model, int padId) {
    TextBatch.Text text = new TextBatch.Text(new int[] {padId}, new int[1]);
    try (Scope scope = model.encoder().scope().child()) {
      Forward forward = Forward.evaluation(scope, 1);
      return Math.toIntExact(
          model.vectors(TextBatch.of(List.of(text), padId), 0, 0, forward).lastDim());
    }
  }

  /** Returns the files of the modules' weights. */
  List<WeightFile> moreWeights() {
    return model.pipeline().weights().stream()
        .map(module ->
            new WeightFile(
                module.path() + "/" + Checkpoint.SINGLE_FILE,
                module.parameters(),
                module::nameInFile))
        .toList();
  }
}
