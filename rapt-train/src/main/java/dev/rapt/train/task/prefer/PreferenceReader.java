package dev.rapt.train.task.prefer;

import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.completion.AnswerTexts;
import dev.rapt.train.task.completion.PairColumns;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads preferences: a prompt with a chosen and a rejected answer, or a prompt with a completion
 * and a label that says whether it is good.
 *
 * @param prompt column of the prompt; null if the answers begin with it
 * @param chosen column of the chosen answer, or of the only one
 * @param rejected column of the rejected answer; null for single answers
 * @param label column of the labels of single answers
 */
record PreferenceReader(
    @Nullable String prompt, String chosen, @Nullable String rejected, String label) {
  private static final String PROMPT = "prompt";
  private static final String COMPLETION = "completion";
  private static final String LABEL = "label";

  private static final List<String> LABEL_NAMES = List.of(LABEL, "kto_tag");
  private static final List<String> CONVERSATIONS = List.of("messages", "conversations");

  /**
   * Finds the columns.
   *
   * @throws dev.rapt.train.example.ExampleException if the example lacks one
   */
  static PreferenceReader find(TuningSpec spec, Example first) {
    if (PairColumns.areIn(spec.columns(), first)) {
      PairColumns pair = PairColumns.find(spec.columns(), first);
      return new PreferenceReader(pair.prompt(), pair.chosen(), pair.rejected(), LABEL);
    }
    String prompt = PairColumns.prompt(spec.columns(), first);
    boolean isAnswered = Columns.has(spec, COMPLETION, List.of(COMPLETION), first);
    List<String> whole = CONVERSATIONS.stream().filter(first::has).toList();
    if (!Columns.has(spec, LABEL, LABEL_NAMES, first) || (!isAnswered && whole.isEmpty())) {
      throw first.error(
          "must hold chosen and rejected answers to a prompt, or a prompt with its completion and a label, got the columns %s; name them with --columns prompt=NAME,chosen=NAME,rejected=NAME"
              .formatted(first.fields().propertyNames()));
    }
    String label = Columns.of(spec, LABEL, LABEL_NAMES, first);
    return isAnswered
        ? new PreferenceReader(
            prompt == null ? Columns.of(spec, PROMPT, List.of(PROMPT), first) : prompt,
            Columns.of(spec, COMPLETION, List.of(COMPLETION), first),
            null,
            label)
        : new PreferenceReader(null, whole.getFirst(), null, label);
  }

  /** Returns whether the examples are pairs. */
  boolean arePairs() {
    return rejected != null;
  }

  /** Returns what tells prompts apart; examples of one prompt are held out together. */
  static Object promptOf(TuningSpec spec, Example example) {
    String column = PairColumns.prompt(spec.columns(), example);
    return column != null && example.has(column) ? example.fields().get(column) : example;
  }

  /**
   * Reads pairs.
   *
   * @throws dev.rapt.train.example.ExampleException if a value cannot be used, or both answers of
   *     an example are the same
   */
  List<PreferenceRow> pairs(List<Example> examples, AnswerTexts texts, AnswerEncoder encoder) {
    List<PreferenceRow> rows = new ArrayList<>();
    EqualPairs equal = new EqualPairs(encoder.maxTokens());
    for (Example example : examples) {
      PreferenceRow row = pair(example, texts, encoder);
      equal.addIfEqual(example, row.first(), row.second());
      rows.add(row);
    }
    equal.requireNone();
    return rows;
  }

  private PreferenceRow pair(Example example, AnswerTexts texts, AnswerEncoder encoder) {
    if (rejected == null) {
      throw example.error(
          "must have chosen and rejected answers for this loss, got single ones with labels; pass --loss kto");
    }
    AnswerTexts.Pair pair = texts.pair(example, prompt, chosen, rejected);
    return PreferenceRow.ofPair(
        encoder.encode(pair.chosen(), example), encoder.encode(pair.rejected(), example));
  }

  /**
   * Reads single answers, those of pairs as TRL does: first all chosen ones, then the rejected.
   * Each also gets the answer to the prompt before, in groups of a batch.
   *
   * @param group examples of a batch
   */
  List<PreferenceRow> singles(
      List<Example> examples, AnswerTexts texts, AnswerEncoder encoder, int group) {
    List<Answer> answers = new ArrayList<>();
    List<Boolean> areGood = new ArrayList<>();
    if (arePairs()) {
      List<PreferenceRow> pairs = pairs(examples, texts, encoder);
      pairs.forEach(pair -> answers.add(pair.first()));
      pairs.forEach(pair -> answers.add(pair.second()));
      for (int i = 0; i < answers.size(); i++) {
        areGood.add(i < pairs.size());
      }
    } else {
      for (Example example : examples) {
        AnswerTexts.Text text =
            prompt == null
                ? texts.lastAnswer(example, chosen)
                : texts.text(example, prompt, chosen);
        answers.add(encoder.encode(text, example));
        areGood.add(isGood(example));
      }
    }
    List<PreferenceRow> rows = new ArrayList<>();
    for (int i = 0; i < answers.size(); i++) {
      int from = i / group * group;
      int last = Math.min(answers.size(), from + group) - 1;
      Answer answer = answers.get(i);
      Answer mismatched = answer.withAnswerOf(answers.get(i == from ? last : i - 1));
      rows.add(
          PreferenceRow.ofSingle(answer, mismatched.cutTo(encoder.maxTokens()), areGood.get(i)));
    }
    return rows;
  }

  private boolean isGood(Example example) {
    return switch (example.text(label)) {
      case "true", "1" -> true;
      case "false", "0" -> false;
      default ->
          throw example.error(
              "\"%s\" must be true or false, got \"%s\"".formatted(label, example.text(label)));
    };
  }
}
