package dev.rapt.train.task.embed;

import dev.rapt.autograd.loss.VectorSimilarity;
import dev.rapt.text.embed.NamedPrompts;
import dev.rapt.text.embed.SentenceFolder;
import dev.rapt.text.embed.Similarity;
import dev.rapt.train.Teacher;
import dev.rapt.train.embed.EmbeddingExample;
import dev.rapt.train.embed.EmbeddingLoss;
import dev.rapt.train.embed.EmbeddingObjective;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Embedding of texts as vectors, from pairs, triplets or scored pairs. Sentence-BERT,
 * arXiv:1908.10084.
 */
public final class EmbedTask implements Task {
  private static final String LOSS = "loss";
  private static final String SCALE = "scale";
  private static final String MARGIN = "margin";
  private static final String MATRYOSHKA = "matryoshka";
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
        LOSS,
        SCALE,
        MARGIN,
        MATRYOSHKA,
        QUERY_PROMPT,
        DOCUMENT_PROMPT,
        Student.CHUNK,
        Student.NORMALIZE,
        Teacher.FOLDER);
  }

  @Override
  public Set<String> columns() {
    return Set.of("anchor", "positive", "negative", "score", "text");
  }

  @Override
  public Path transformer(Path folder) {
    return SentenceFolder.embedder(folder).transformer().folder();
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    SentenceFolder folder = SentenceFolder.embedder(setup.folder());
    TaskSetup.Split<Example> examples = setup.examples();
    Example first = examples.train().getFirst();
    boolean hasTeacher = setup.spec().settings().containsKey(Teacher.FOLDER);
    if (hasTeacher) {
      refuseWithTeacher(setup);
      Student student = Student.load(setup, folder, Map.of());
      return closingOnFailure(
          student,
          () -> VectorRun.open(setup, student, Path.of(setup.text(Teacher.FOLDER, "")), examples));
    }
    EmbeddingLoss loss = loss(setup, folder, first);
    EmbedReader.EmbedColumns columns =
        EmbedReader.EmbedColumns.find(setup.spec(), loss.kind().isScored(), first);
    Student student = Student.load(setup, folder, givenPrompts(setup));
    return closingOnFailure(
        student,
        () -> {
          requireSizes(loss.sizes(), student.width());
          EmbedReader.Prompts prompts = prompts(setup, folder.prompts(), loss.kind().isScored());
          EmbedReader reader = new EmbedReader(student.texts(), prompts, loss.kind(), columns);
          List<EmbeddingExample> train = TaskSetup.encode(examples.train(), reader::read);
          long cut = reader.numCut();
          List<EmbeddingExample> heldOut = TaskSetup.encode(examples.heldOut(), reader::read);
          CutTexts cutTexts =
              new CutTexts(
                  cut,
                  train.size(),
                  reader.numCut() - cut,
                  heldOut.size(),
                  Map.of("max-length", student.maxTokens()));
          return new EmbedRun(
              setup,
              student,
              loss,
              sides(student, prompts),
              new TaskSetup.Split<>(train, heldOut),
              cutTexts);
        });
  }

  private static TaskRun<?> closingOnFailure(Student student, Supplier<TaskRun<?>> run) {
    try {
      return run.get();
    } catch (RuntimeException e) {
      student.model().encoder().close();
      throw e;
    }
  }

  private void refuseWithTeacher(TaskSetup setup) {
    for (String setting : setup.spec().settings().keySet()) {
      if (!Set.of(Teacher.FOLDER, Student.CHUNK, Student.NORMALIZE).contains(setting)) {
        throw new IllegalArgumentException(
            setting + ": must come without a teacher, whose vectors are the targets; leave it out");
      }
    }
  }

  private static EmbeddingObjective.Sides sides(Student student, EmbedReader.Prompts prompts) {
    return student.model().pipeline().excludesPrompt()
        ? new EmbeddingObjective.Sides(
            student.texts().promptTokens(prompts.anchor()),
            student.texts().promptTokens(prompts.other()))
        : new EmbeddingObjective.Sides(0, 0);
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
        (float)
            setup.number(
                SCALE, isDot && kind.ranks() ? 1 : USUAL_SCALE, Float.MIN_NORMAL, Float.MAX_VALUE),
        (float) setup.number(MARGIN, kind.usualMargin(), 0, Float.MAX_VALUE),
        sizes(setup.text(MATRYOSHKA, "")));
  }

  private static int[] sizes(String list) {
    try {
      return list.isEmpty()
          ? new int[0]
          : Arrays.stream(list.split(",", -1))
              .map(String::strip)
              .mapToInt(Integer::parseInt)
              .toArray();
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "matryoshka: must be sizes such as 256,128,64, got " + list, e);
    }
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
        .forEach((setting, name) -> {
          String prompt = settings.get(setting);
          if (prompt != null) {
            given.put(name, prompt);
          }
        });
    return given;
  }

  private static void requireSizes(int[] sizes, int width) {
    if (Arrays.stream(sizes).anyMatch(size -> size < 1 || size > width)) {
      throw new IllegalArgumentException(
          "matryoshka: sizes must be from 1 to %d, the size of the model's vectors, got %s"
              .formatted(width, Arrays.toString(sizes)));
    }
  }
}
