package dev.rapt.train.task;

import dev.rapt.autograd.loss.VectorSimilarity;
import dev.rapt.model.Encoder;
import dev.rapt.model.config.EncoderConfig;
import dev.rapt.model.load.Loading;
import dev.rapt.tensor.Scope;
import dev.rapt.text.embed.EmbeddingPipeline;
import dev.rapt.text.embed.NamedPrompts;
import dev.rapt.text.embed.PromptedTexts;
import dev.rapt.text.embed.SentenceFolder;
import dev.rapt.text.embed.SentenceWriter;
import dev.rapt.text.embed.Similarity;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.embed.EmbeddingExample;
import dev.rapt.train.embed.EmbeddingLoss;
import dev.rapt.train.embed.EmbeddingObjective;
import dev.rapt.train.embed.SentenceModel;
import dev.rapt.train.example.Example;
import dev.rapt.train.objective.Forward;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Embedding of texts as vectors, from pairs, triplets or scored pairs. Sentence-BERT, arXiv:1908.10084. */
final class EmbedTask implements Task {
  private static final String LOSS = "loss";
  private static final String SCALE = "scale";
  private static final String MARGIN = "margin";
  private static final String MATRYOSHKA = "matryoshka";
  private static final String CHUNK = "chunk";
  private static final String NORMALIZE = "normalize";
  private static final String QUERY_PROMPT = "query-prompt";
  private static final String DOCUMENT_PROMPT = "document-prompt";
  private static final float USUAL_SCALE = 20;

  @Override
  public String name() {
    return "embed";
  }

  @Override
  public String description() {
    return "embeds texts as vectors, from pairs, triplets or scored pairs";
  }

  @Override
  public Set<String> settings() {
    return Set.of(
        LOSS, SCALE, MARGIN, MATRYOSHKA, CHUNK, NORMALIZE, QUERY_PROMPT, DOCUMENT_PROMPT);
  }

  @Override
  public Set<String> columns() {
    return Set.of("anchor", "positive", "negative", "score");
  }

  @Override
  public String adapterTask() {
    return "FEATURE_EXTRACTION";
  }

  @Override
  public Path transformer(Path folder) {
    return SentenceFolder.embedder(folder).transformer().folder();
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    SentenceFolder folder = SentenceFolder.embedder(setup.folder());
    boolean begins = setup.loading().start() != Loading.Start.STORED;
    boolean normalizes = setup.flag(NORMALIZE);
    if (begins && normalizes && folder.hasModules()) {
      throw new IllegalArgumentException(
          "normalize: must come with a model without modules.json, got one whose modules say whether it normalises; leave it out");
    }
    TaskSetup.Split<Example> examples = setup.examples();
    Example first = examples.train().getFirst();
    EmbeddingLoss loss = loss(setup, folder, first);
    EmbedReader.EmbedColumns columns =
        EmbedReader.EmbedColumns.find(setup.spec(), loss.kind().isScored(), first);
    Loading loading =
        setup.loading().start() == Loading.Start.FRESH ? setup.loading() : Loading.TRAINING;
    Encoder encoder = Encoder.load(folder.transformer().folder(), loading);
    try {
      EmbeddingPipeline pipeline =
          folder.hasModules()
              ? folder.pipeline(encoder.scope(), loading)
              : folder.plainPipeline(normalizes);
      int chunk = (int) setup.number(CHUNK, 0);
      SentenceModel model = new SentenceModel(encoder, pipeline, chunk);
      int maxTokens = maxTokens(setup, folder, encoder);
      Tokenizer tokenizer = folder.transformer().tokenizer();
      PromptedTexts texts =
          new PromptedTexts(tokenizer, folder.transformer().truncation(tokenizer, maxTokens));
      EmbedReader.Prompts prompts = prompts(setup, folder.prompts(), loss.kind().isScored());
      EmbedReader reader = new EmbedReader(texts, prompts, loss.kind(), columns);
      TaskSetup.Split<EmbeddingExample> encoded =
          new TaskSetup.Split<>(
              TaskSetup.encode(examples.train(), reader::read),
              TaskSetup.encode(examples.heldOut(), reader::read));
      EmbeddingObjective.Sides sides =
          pipeline.excludesPrompt()
              ? new EmbeddingObjective.Sides(
                  texts.promptTokens(prompts.anchor()), texts.promptTokens(prompts.other()))
              : new EmbeddingObjective.Sides(0, 0);
      EmbeddingObjective objective = new EmbeddingObjective(model, loss, sides);
      int padId =
          setup.padId(
              encoder.config() instanceof EncoderConfig config ? config.sizes().padTokenId() : -1);
      requireSizes(objective, encoded.train().getFirst(), padId);
      SentenceWriter files =
          new SentenceWriter(
              folder, encoder.config().hiddenSize(), maxTokens, normalizes, givenPrompts(setup));
      return new EmbedRun(setup, objective, encoded, files, padId);
    } catch (RuntimeException e) {
      encoder.close();
      throw e;
    }
  }

  private static EmbeddingLoss loss(TaskSetup setup, SentenceFolder folder, Example first) {
    String name = setup.text(LOSS, "");
    boolean isScored =
        setup.spec().columns().containsKey("score")
            || Columns.SCORE.stream().anyMatch(first.fields()::has);
    EmbeddingLoss.Kind kind =
        name.isEmpty()
            ? isScored ? EmbeddingLoss.Kind.COSENT : EmbeddingLoss.Kind.RANKING
            : EmbeddingLoss.Kind.named(name);
    boolean isDot = folder.similarity() == Similarity.DOT;
    if (setup.spec().settings().containsKey(MARGIN) && kind.usualMargin() == 0) {
      throw new IllegalArgumentException(
          "margin: must come with the loss triplet or contrastive, got %s; leave it out"
              .formatted(kind.label()));
    }
    boolean isScaled = kind.ranks() || kind == EmbeddingLoss.Kind.COSENT;
    if (setup.spec().settings().containsKey(SCALE) && !isScaled) {
      throw new IllegalArgumentException(
          "scale: must come with the loss ranking, symmetric or cosent, got %s; leave it out"
              .formatted(kind.label()));
    }
    return new EmbeddingLoss(
        kind,
        isDot ? VectorSimilarity.DOT : VectorSimilarity.COSINE,
        (float) setup.number(SCALE, isDot && kind.ranks() ? 1 : USUAL_SCALE),
        (float) setup.number(MARGIN, kind.usualMargin()),
        sizes(setup.text(MATRYOSHKA, "")));
  }

  private static int[] sizes(String list) {
    return list.isEmpty()
        ? new int[0]
        : Arrays.stream(list.split(",", -1)).map(String::strip).mapToInt(Integer::parseInt).toArray();
  }

  private static int maxTokens(TaskSetup setup, SentenceFolder folder, Encoder encoder) {
    int most = folder.transformer().maxTokens(encoder.config());
    return folder.hasModules() && setup.spec().maxTokens() == 0 ? most : setup.maxTokens(most);
  }

  private static EmbedReader.Prompts prompts(
      TaskSetup setup, NamedPrompts named, boolean isScored) {
    String query = isScored ? named.byDefault() : named.get("query");
    String passage = named.names().contains("passage") ? named.get("passage") : "";
    String document = named.get("document").isEmpty() ? passage : named.get("document");
    return new EmbedReader.Prompts(
        setup.text(QUERY_PROMPT, query),
        setup.text(DOCUMENT_PROMPT, isScored ? named.byDefault() : document));
  }

  /** Returns the prompts that the folder gets, so that the embedder is used as it was trained. */
  private static Map<String, String> givenPrompts(TaskSetup setup) {
    Map<String, String> given = new HashMap<>();
    Map<String, String> settings = setup.spec().settings();
    Map.of(QUERY_PROMPT, "query", DOCUMENT_PROMPT, "document")
        .forEach(
            (setting, name) -> {
              String prompt = settings.get(setting);
              if (prompt != null) {
                given.put(name, prompt);
              }
            });
    return given;
  }

  /** Checks that the model's vectors are as long as the longest Matryoshka size. */
  private static void requireSizes(
      EmbeddingObjective objective, EmbeddingExample example, int padId) {
    int largest = Arrays.stream(objective.loss().sizes()).max().orElse(0);
    try (Scope scope = objective.model().encoder().scope().child()) {
      long width =
          objective
              .model()
              .vectors(
                  TextBatch.of(List.of(example.anchor()), padId), 0, 0, Forward.evaluation(scope, 1))
              .lastDim();
      if (largest > width || Arrays.stream(objective.loss().sizes()).anyMatch(size -> size < 1)) {
        throw new IllegalArgumentException(
            "matryoshka: sizes must be from 1 to %d, the size of the model's vectors, got %s"
                .formatted(width, Arrays.toString(objective.loss().sizes())));
      }
    }
  }
}
