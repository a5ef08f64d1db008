package dev.rapt.train.task.embed;

import dev.rapt.model.Encoder;
import dev.rapt.tensor.Scope;
import dev.rapt.tensor.Tensor;
import dev.rapt.text.TextEmbedder;
import dev.rapt.text.embed.Similarity;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.train.Evaluator;
import dev.rapt.train.Measurement;
import dev.rapt.train.TrainedModel.WeightFile;
import dev.rapt.train.batch.BatchSampler;
import dev.rapt.train.batch.ShuffledRows;
import dev.rapt.train.batch.TargetBatch;
import dev.rapt.train.batch.TextBatch;
import dev.rapt.train.embed.EmbeddingDistillation;
import dev.rapt.train.example.Example;
import dev.rapt.train.objective.Forward;
import dev.rapt.train.objective.Objective;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.CutTexts;
import dev.rapt.train.task.HeldOutRows;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/** Training of an embedder on the vectors of a teacher. */
final class VectorRun implements TaskRun<TargetBatch<float[][]>> {
  private final TaskSetup setup;
  private final Student student;
  private final EmbeddingDistillation objective;
  private final List<Row> train;
  private final HeldOutRows<Row> heldOut;
  private final Path teacher;

  /**
   * A text with the teacher's vector.
   *
   * @param isCut whether the end of the text was left out
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Row(TextBatch.Text text, float[] vector, boolean isCut) {
    int length() {
      return text.ids().length;
    }
  }

  private VectorRun(
      TaskSetup setup, Student student, Path teacher, List<Row> train, List<Row> heldOut) {
    this.setup = setup;
    this.student = student;
    this.teacher = teacher;
    this.train = train;
    this.heldOut = HeldOutRows.byLength(heldOut, Row::length);
    String prompt = student.folder().prompts().byDefault();
    int promptTokens =
        student.model().pipeline().excludesPrompt() ? student.texts().promptTokens(prompt) : 0;
    objective = new EmbeddingDistillation(student.model(), promptTokens);
  }

  /**
   * Embeds all texts of the examples with the teacher.
   *
   * @throws IllegalArgumentException if its vectors are not as long as the student's
   */
  static VectorRun open(
      TaskSetup setup, Student student, Path folder, TaskSetup.Split<Example> examples) {
    Example first = examples.train().getFirst();
    boolean areTexts =
        setup.spec().columns().containsKey("text")
            || Columns.TEXT.stream().anyMatch(first.fields()::has);
    List<String> columns =
        areTexts
            ? List.of(Columns.of(setup.spec(), "text", Columns.TEXT, first))
            : List.of(
                Columns.of(setup.spec(), "anchor", Columns.FIRST, first),
                Columns.of(setup.spec(), "positive", Columns.SECOND, first));
    try (TextEmbedder teacher = TextEmbedder.load(folder)) {
      int width = teacher.embed("").vector().length;
      if (width != student.width()) {
        throw new IllegalArgumentException(
            "%s: the teacher must have vectors of the model's size %d, got %d; choose another teacher, or a model with a Dense module of that size"
                .formatted(folder, student.width(), width));
      }
      return new VectorRun(
          setup,
          student,
          folder,
          rows(student, teacher, texts(examples.train(), columns)),
          rows(student, teacher, texts(examples.heldOut(), columns)));
    }
  }

  private static List<String> texts(List<Example> examples, List<String> columns) {
    Set<String> texts = new LinkedHashSet<>();
    for (Example example : examples) {
      columns.forEach(column -> texts.add(example.text(column)));
    }
    return List.copyOf(texts);
  }

  private static List<Row> rows(Student student, TextEmbedder teacher, List<String> texts) {
    List<Encoding> encoded = student.texts().encode(texts, student.folder().prompts().byDefault());
    List<TextEmbedder.Embedded> vectors = teacher.embed(texts);
    return IntStream.range(0, texts.size())
        .mapToObj(i ->
            new Row(
                new TextBatch.Text(encoded.get(i).ids(), encoded.get(i).typeIds()),
                vectors.get(i).vector(),
                !encoded.get(i).overflowing().isEmpty()))
        .toList();
  }

  @Override
  public Encoder model() {
    return student.model().encoder();
  }

  @Override
  public Objective<TargetBatch<float[][]>> objective() {
    return objective;
  }

  @Override
  public BatchSampler<TargetBatch<float[][]>> batches() {
    int longest = train.stream().mapToInt(Row::length).max().orElse(0);
    return new ShuffledRows<>(
        train, setup.spec().batchSize(), longest, setup.spec().seed(), this::batch);
  }

  private TargetBatch<float[][]> batch(List<Row> rows) {
    return new TargetBatch<>(
        TextBatch.of(rows.stream().map(Row::text).toList(), student.padId()),
        rows.stream().map(Row::vector).toArray(float[][]::new),
        rows.size());
  }

  @Override
  public Evaluator evaluator() {
    return () -> {
      double squares = 0, cosines = 0;
      for (List<Row> rows : heldOut.batches(setup.spec().batchSize())) {
        TargetBatch<float[][]> batch = batch(rows);
        try (Scope scope = model().scope().child()) {
          Tensor vectors =
              student
                  .model()
                  .vectors(
                      batch.texts(), 0, objective.promptTokens(), Forward.evaluation(scope, 1));
          float[] values = vectors.toFloats();
          for (int b = 0; b < rows.size(); b++) {
            float[] own = new float[student.width()];
            System.arraycopy(values, b * own.length, own, 0, own.length);
            squares += meanSquare(own, rows.get(b).vector());
            cosines += Similarity.COSINE.of(own, rows.get(b).vector());
          }
        }
      }
      int n = heldOut.size();
      return new Measurement(squares / n, n, Map.of("cosine", cosines / n), null);
    };
  }

  private static double meanSquare(float[] a, float[] b) {
    return IntStream.range(0, a.length)
        .mapToDouble(i -> ((double) a[i] - b[i]) * ((double) a[i] - b[i]))
        .average()
        .orElse(0);
  }

  @Override
  public List<String> summary() {
    return List.of(
        "%d training texts, %d held out: vectors of %s"
            .formatted(train.size(), heldOut.size(), teacher));
  }

  @Override
  public List<String> details() {
    return List.of();
  }

  @Override
  public CutTexts cutTexts() {
    return CutTexts.of(train, heldOut.rows(), Row::isCut, student.maxTokens());
  }

  @Override
  public List<WeightFile> moreWeights() {
    return student.moreWeights();
  }

  @Override
  public void writeFiles(Path folder) throws IOException {
    student.files().writeTo(folder);
  }
}
