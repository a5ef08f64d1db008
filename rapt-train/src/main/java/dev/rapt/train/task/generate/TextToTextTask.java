package dev.rapt.train.task.generate;

import dev.rapt.model.Seq2SeqLm;
import dev.rapt.model.load.Loading;
import dev.rapt.text.SourceFormat;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ParallelText;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;

/** Translation or summarization by an encoder-decoder. */
public record TextToTextTask(Kind kind) implements Task {
  static final String EVAL_SAMPLES = "eval-samples";
  static final String SMOOTHING = "label-smoothing";
  private static final String PREFIX = "prefix";
  private static final String FROM = "from";
  private static final String TO = "to";
  private static final String MAX_TARGET = "max-target-length";
  private static final double USUAL_MAX_TARGET = 128;

  /** What is made of a source. */
  public enum Kind {
    TRANSLATE,
    SUMMARIZE
  }

  @Override
  public String name() {
    return kind == Kind.TRANSLATE ? "translate" : "summarize";
  }

  @Override
  public String description() {
    return kind == Kind.TRANSLATE ? "translates texts" : "summarizes texts";
  }

  @Override
  public Set<String> settings() {
    return kind == Kind.TRANSLATE
        ? Set.of(EVAL_SAMPLES, SMOOTHING, MAX_TARGET, PREFIX, FROM, TO)
        : Set.of(EVAL_SAMPLES, SMOOTHING, MAX_TARGET, PREFIX);
  }

  @Override
  public Set<String> columns() {
    return Set.of(ParallelText.SOURCE, ParallelText.TARGET);
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    TaskSetup.Split<Example> examples =
        setup.examples(kind == Kind.TRANSLATE ? TextToTextTask::parallel : TaskSetup::read);
    SourceFormat format = format(setup);
    Seq2SeqLm model = load(setup);
    try {
      Example first = examples.train().getFirst();
      String source = Columns.of(setup.spec(), ParallelText.SOURCE, sources(), first);
      String target = Columns.of(setup.spec(), ParallelText.TARGET, targets(), first);
      int most = setup.maxTokens(sourcePositions(model));
      int mostOfTarget = (int) setup.number(MAX_TARGET, USUAL_MAX_TARGET, 2, 1 << 20);
      Tokenizer targetTokenizer = Tokenizer.loadTarget(setup.tokenizerFolder());
      SourceFormat targetFormat =
          new SourceFormat("", format.targetLanguage(), null, format.languageAtEnd());
      Function<Example, TextToTextRun.Row> row =
          example ->
              new TextToTextRun.Row(
                      format.encode(setup.tokenizer(), example.text(source)),
                      targetFormat.encode(targetTokenizer, example.text(target)),
                      example.text(target))
                  .cutTo(most, mostOfTarget);
      List<TextToTextRun.Row> train = examples.train().stream().map(row).toList();
      List<TextToTextRun.Row> heldOut = examples.heldOut().stream().map(row).toList();
      Map<String, Integer> limits = new LinkedHashMap<>();
      if (most < Integer.MAX_VALUE) {
        limits.put("max-length", most);
      }
      limits.put(MAX_TARGET, mostOfTarget);
      return new TextToTextRun(setup, kind, model, targetTokenizer, format, train, heldOut, limits);
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }

  private SourceFormat format(TaskSetup setup) {
    String prefix = setup.spec().settings().get(PREFIX);
    Path folder = setup.tokenizerFolder();
    return kind == Kind.SUMMARIZE
        ? SourceFormat.toSummarize(folder, prefix)
        : SourceFormat.toTranslate(
            folder,
            setup.tokenizer(),
            setup.spec().settings().get(FROM),
            setup.spec().settings().get(TO),
            prefix);
  }

  private static Seq2SeqLm load(TaskSetup setup) {
    Path config = setup.folder().resolve("config.json");
    Loading loading = setup.loading();
    return loading.start() == Loading.Start.FRESH
        ? Seq2SeqLm.create(setup.folder(), loading.seed())
        : Seq2SeqLm.load(setup.folder(), config, loading.trained());
  }

  private static int sourcePositions(Seq2SeqLm model) {
    return model.config().endsAtMaxPositions()
        ? model.config().maxSourcePositions()
        : Integer.MAX_VALUE;
  }

  /** Reads two files of parallel text if no table is given. */
  private static List<Example> parallel(List<String> files) throws IOException {
    return files.size() == 2 && !isTable(files.get(0)) && !isTable(files.get(1))
        ? ParallelText.read(Path.of(files.get(0)), Path.of(files.get(1)))
        : TaskSetup.read(files);
  }

  private static boolean isTable(String file) {
    return file.toLowerCase(Locale.ROOT).matches(".*\\.(tsv|csv|jsonl|ndjson|json)(\\.gz)?");
  }

  private List<String> sources() {
    return kind == Kind.TRANSLATE
        ? List.of(ParallelText.SOURCE, "src")
        : List.of("document", "article", "text", "dialogue", ParallelText.SOURCE);
  }

  private List<String> targets() {
    return kind == Kind.TRANSLATE
        ? List.of(ParallelText.TARGET, "tgt")
        : List.of("summary", "highlights", "abstract", ParallelText.TARGET);
  }
}
