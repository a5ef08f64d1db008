package dev.rapt.train.task;

import dev.rapt.checkpoint.ConfigReader;
import dev.rapt.model.Classifier;
import dev.rapt.model.Labels;
import dev.rapt.train.example.Example;
import java.io.IOException;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Classification of texts, or of pairs of texts, into one class each. */
record ClassifyTask(boolean ofPairs) implements Task {
  private static final String LABEL = "label";

  @Override
  public String name() {
    return ofPairs ? "pair" : "classify";
  }

  @Override
  public String description() {
    return ofPairs
        ? "classifies pairs of texts, such as premise and hypothesis"
        : "classifies texts";
  }

  @Override
  public Set<String> settings() {
    return Teacher.SETTINGS;
  }

  @Override
  public Set<String> columns() {
    return ofPairs ? Set.of("first", "second", LABEL) : Set.of("text", LABEL);
  }

  @Override
  public String adapterTask() {
    return "SEQ_CLS";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    boolean hasTeacher = Teacher.isSet(setup);
    TaskSetup.Split<Example> examples = setup.examples();
    TuningSpec spec = setup.spec();
    Example first = examples.train().getFirst();
    String label = Columns.of(spec, LABEL, Columns.LABEL, first);
    Set<String> values =
        examples.train().stream()
            .map(example -> example.text(label).strip())
            .collect(Collectors.toSet());
    ConfigReader json = ConfigReader.of(setup.folder().resolve("config.json"));
    LabelNames labels = LabelNames.infer(values, json, first);
    TextColumns columns = TextColumns.find(spec, ofPairs, first);
    Classifier model =
        Classifier.load(
            setup.folder(),
            Classifier.Unit.SEQUENCE,
            new Labels(labels.names(), Labels.Problem.SINGLE_LABEL),
            setup.loading());
    try {
      int maxTokens = setup.maxTokens(model.config().maxPositions());
      TaskSetup.Encoder<ClassifyRun.Row> encoder =
          chunk -> {
            List<Integer> ids =
                chunk.stream()
                    .map(example -> labels.id(example.text(label).strip(), example))
                    .toList();
            return ClassifyRun.rows(columns.tokens(setup, chunk, maxTokens), ids);
          };
      ClassifyRun run =
          new ClassifyRun(
              setup,
              model,
              TaskSetup.encode(examples.train(), encoder),
              TaskSetup.encode(examples.heldOut(), encoder));
      if (!hasTeacher) {
        return run;
      }
      Teacher teacher = Teacher.of(setup);
      return new DistilledRun(
          run, teacher, teacher.classifier(model, setup.tokenizer(), run.batches().seqLen()));
    } catch (RuntimeException e) {
      model.close();
      throw e;
    }
  }
}
