package dev.rapt.eval.task;

import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.train.example.Example;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A task in the YAML of lm-evaluation-harness (release 0.4.13), with its data in local files. Keys
 * that are not known and Python functions are refused by name.
 */
public final class EvalTask {
  private final Settings settings;
  private final String name;
  private final String version;
  private final OutputType type;
  private final TaskKeys keys;
  private final TaskData data;
  private final DocFormat format;
  private final DocFormat fewShotFormat;
  private final FewShot.Settings fewShot;
  private final int numFewShot;
  private final @Nullable DocTemplate description;
  private final @Nullable DocTemplate prefix;
  private final @Nullable DocTemplate fewShotPrefix;
  private final Delimiters delimiters;
  private final Delimiters fewShotDelimiters;
  private final List<TaskMetric> metrics;
  private final GenerationSettings generation;
  private final List<ResponseFilter.Pipeline> filters;
  private final int repeats;

  /** What stands between question and answer, and between examples. */
  private record Delimiters(String target, String fewShot) {
    static Delimiters read(TaskKeys keys, Delimiters usual) {
      return new Delimiters(
          keys.textOr("target_delimiter", usual.target),
          keys.textOr("fewshot_delimiter", usual.fewShot));
    }
  }

  /**
   * What the caller sets.
   *
   * @param data files of splits, instead of those that the task names; empty for those
   * @param numFewShot number of examples in a prompt, instead of the task's
   * @param maxTokens most tokens of a generated response, instead of the task's
   * @param limit most examples that are evaluated
   * @param seed of the draws of examples and of sampling
   * @param style how prompts are written
   */
  public record Settings(
      Map<String, Path> data,
      OptionalInt numFewShot,
      OptionalInt maxTokens,
      OptionalInt limit,
      long seed,
      PromptStyle style) {
    /** Copies the map. */
    public Settings {
      data = Map.copyOf(data);
    }
  }

  /**
   * Reads a task file.
   *
   * @throws TaskException if it cannot be used
   */
  public static EvalTask read(Path file, Settings settings) throws IOException {
    return new EvalTask(TaskKeys.read(file), settings);
  }

  EvalTask(TaskKeys keys, Settings settings) {
    this.keys = keys;
    this.settings = settings;
    name = keys.require("task").text();
    keys.ignore(
        "task_alias",
        "tag",
        "group",
        "dataset_name",
        "should_decontaminate",
        "doc_to_decontamination_query");
    version = keys.version();
    type = keys.find("output_type").map(OutputType::of).orElse(OutputType.GENERATE_UNTIL);
    data = TaskData.of(keys, settings.data);
    format = DocFormat.read(keys, null);
    description =
        keys.find("description")
            .filter(node -> !node.text().isEmpty())
            .map(DocTemplate::new)
            .orElse(null);
    delimiters = Delimiters.read(keys, new Delimiters(" ", "\n\n"));
    YamlNode config = keys.find("fewshot_config").orElse(null);
    TaskKeys own = config == null ? null : TaskKeys.of(config);
    YamlNode owner = keys.find("num_fewshot").orElseGet(() -> keys.require("task"));
    fewShot = FewShot.Settings.read(keys, own, owner);
    fewShotFormat = own == null ? format : DocFormat.read(own, format);
    fewShotDelimiters = own == null ? delimiters : Delimiters.read(own, delimiters);
    prefix = keys.find("gen_prefix").map(DocTemplate::ofText).orElse(null);
    fewShotPrefix =
        own == null ? prefix : own.find("gen_prefix").map(DocTemplate::ofText).orElse(prefix);
    if (own != null) {
      own.refuseOthers();
    }
    int given = keys.find("num_fewshot").map(node -> node.count(0)).orElse(0);
    boolean isFixed = keys.find("num_fewshot").isPresent() && given == 0;
    numFewShot = isFixed ? 0 : settings.numFewShot.orElse(given);
    metrics = TaskMetric.read(keys.find("metric_list").orElse(null), type);
    YamlNode generates = keys.find("generation_kwargs").orElse(null);
    YamlNode filterList = keys.find("filter_list").orElse(null);
    if (type != OutputType.GENERATE_UNTIL && filterList != null) {
      throw filterList.error("must come with the output type generate_until, got " + type.key());
    }
    generation = GenerationSettings.read(generates, delimiters.fewShot, settings.maxTokens);
    filters =
        filterList == null
            ? List.of(ResponseFilter.Pipeline.FIRST)
            : filterList.elements().stream().map(ResponseFilter.Pipeline::read).toList();
    repeats = keys.find("repeats").map(node -> node.count(1)).orElse(1);
    for (String split : List.of("training_split", "validation_split", "test_split")) {
      keys.find(split);
    }
    keys.refuseOthers();
  }

  /** Returns the name. */
  public String name() {
    return name;
  }

  /** Returns the version in the task's metadata; empty if there is none. */
  public String version() {
    return version;
  }

  /** Returns what the task asks. */
  public OutputType type() {
    return type;
  }

  /** Returns the file of the task. */
  public Path file() {
    return keys.file();
  }

  /** Returns the number of examples in a prompt. */
  public int numFewShot() {
    return numFewShot;
  }

  List<TaskMetric> metrics() {
    return metrics;
  }

  boolean hasMetric(String metric) {
    return metrics.stream().anyMatch(each -> each.name().equals(metric));
  }

  GenerationSettings generation() {
    return generation;
  }

  List<ResponseFilter.Pipeline> filters() {
    return filters;
  }

  int repeats() {
    return repeats;
  }

  long seed() {
    return settings.seed;
  }

  /** Returns what stands between a prompt and each choice. */
  String choiceDelimiter() {
    boolean isChat = settings.style.template() != null;
    boolean isBegun = prefix != null && !PromptTurns.endsWithSpace(prefix.node().text());
    return isChat && !isBegun ? "" : delimiters.target;
  }

  /**
   * Reads the data and makes the prompts.
   *
   * @throws dev.rapt.train.example.ExampleException if an example lacks what the task asks for
   */
  List<TaskItem> items() throws IOException {
    YamlNode split =
        keys.find("test_split")
            .or(() -> keys.find("validation_split"))
            .orElseThrow(() -> keys.error("test_split: must be given, got none"));
    YamlNode usual =
        keys.find("training_split").or(() -> keys.find("validation_split")).orElse(split);
    String test = keys.find("test_split").map(YamlNode::text).orElse(null);
    FewShot examples = fewShot.open(data, numFewShot, usual, test, settings.seed);
    List<Example> docs = data.split(split);
    int count = Math.min(docs.size(), settings.limit.orElse(Integer.MAX_VALUE));
    List<TaskItem> items = new ArrayList<>();
    for (Example doc : docs.subList(0, count)) {
      items.add(item(doc, examples.draw(doc)));
    }
    return items;
  }

  private TaskItem item(Example doc, List<Example> examples) {
    PromptTurns turns =
        new PromptTurns(
            PromptTurns.joined(
                settings.style.system(), textOf(description, doc), delimiters.fewShot));
    examples.forEach(example -> show(example, turns));
    String beginning = textOf(prefix, doc);
    List<String> choices =
        type == OutputType.MULTIPLE_CHOICE || format.hasChoices()
            ? format.choicesOf(doc)
            : List.of();
    Answer answer = format.answer(doc);
    Object question = format.question(doc);
    if (type == OutputType.MULTIPLE_CHOICE && choices.isEmpty()) {
      throw keys.error("doc_to_choice: must be given for multiple_choice, got none");
    }
    if (question instanceof Integer right && format.hasChoices()) {
      Answer gold = Answer.index(right);
      String target = choiceDelimiter() + answer.first(List.of(), doc);
      List<String> contexts = new ArrayList<>();
      for (String choice : choices) {
        PromptTurns asked = turns.copy();
        asked.question(choice, beginning, "");
        contexts.add(text(asked, doc));
      }
      return new TaskItem(doc, contexts, choices, gold, choices.stream().map(_ -> target).toList());
    }
    turns.question(question.toString(), beginning, delimiters.target);
    List<String> continuations =
        switch (type) {
          case MULTIPLE_CHOICE ->
              choices.stream().map(choice -> choiceDelimiter() + choice).toList();
          case LOGLIKELIHOOD, LOGLIKELIHOOD_ROLLING -> List.of(answer.first(choices, doc));
          case GENERATE_UNTIL -> List.of();
        };
    return new TaskItem(doc, List.of(text(turns, doc)), choices, answer, continuations);
  }

  private static String textOf(@Nullable DocTemplate template, Example doc) {
    return template == null ? "" : template.text(doc);
  }

  private String text(PromptTurns turns, Example doc) {
    try {
      return turns.text(settings.style);
    } catch (ChatTemplateException e) {
      throw doc.error(
          "must make a prompt that the chat template accepts, but %s".formatted(e.getMessage()));
    }
  }

  /** Adds an example with its answer. */
  private void show(Example example, PromptTurns turns) {
    List<String> choices =
        fewShotFormat.hasChoices() ? fewShotFormat.choicesOf(example) : List.of();
    Object question = fewShotFormat.question(example);
    boolean asksChoices = question instanceof Integer && fewShotFormat.hasChoices();
    String text = asksChoices ? choices.get((Integer) question) : question.toString();
    String answer = fewShotFormat.answer(example).first(asksChoices ? List.of() : choices, example);
    turns.example(
        text,
        textOf(fewShotPrefix, example),
        answer,
        fewShotDelimiters.target,
        fewShotDelimiters.fewShot);
  }
}
