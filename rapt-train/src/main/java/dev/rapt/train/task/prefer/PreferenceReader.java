package dev.rapt.train.task.prefer;

import dev.rapt.train.example.Example;
import dev.rapt.train.task.Columns;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.completion.AnswerTexts;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads preferences: a prompt with a chosen and a rejected answer, or a prompt with a completion
 * and a label that says whether it is good.
 *
 * @param prompt column of the prompt; null if chosen and rejected begin with it
 * @param chosen column of the chosen answer, or of the only one
 * @param rejected column of the rejected answer; null for single answers
 * @param label column of the labels of single answers
 */
record PreferenceReader(
    @Nullable String prompt, String chosen, @Nullable String rejected, String label) {
  private static final String PROMPT = "prompt";
  private static final String CHOSEN = "chosen";
  private static final String REJECTED = "rejected";
  private static final String COMPLETION = "completion";
  private static final String LABEL = "label";

  /**
   * Finds the columns.
   *
   * @throws dev.rapt.train.example.ExampleException if the example lacks one
   */
  static PreferenceReader find(TuningSpec spec, Example first) {
    if (has(spec, CHOSEN, first) || !has(spec, COMPLETION, first)) {
      return new PreferenceReader(
          has(spec, PROMPT, first) ? column(spec, PROMPT, first) : null,
          column(spec, CHOSEN, first),
          column(spec, REJECTED, first),
          LABEL);
    }
    return new PreferenceReader(
        column(spec, PROMPT, first),
        column(spec, COMPLETION, first),
        null,
        column(spec, LABEL, first));
  }

  private static boolean has(TuningSpec spec, String role, Example first) {
    return Columns.has(spec, role, List.of(role), first);
  }

  private static String column(TuningSpec spec, String role, Example first) {
    return Columns.of(spec, role, List.of(role), first);
  }

  /** Returns whether the examples are pairs. */
  boolean arePairs() {
    return rejected != null;
  }

  /** Returns what tells prompts apart; examples of one prompt are held out together. */
  static Object promptOf(TuningSpec spec, Example example) {
    String column = spec.columns().getOrDefault(PROMPT, PROMPT);
    return example.has(column) ? example.fields().get(column) : example;
  }

  /** Reads pairs. */
  List<PreferenceRow> pairs(List<Example> examples, AnswerTexts texts, AnswerEncoder encoder) {
    List<PreferenceRow> rows = new ArrayList<>();
    for (Example example : examples) {
      rows.add(pair(example, texts, encoder));
    }
    return rows;
  }

  private PreferenceRow pair(Example example, AnswerTexts texts, AnswerEncoder encoder) {
    if (rejected == null) {
      throw example.error(
          "must have chosen and rejected answers for this loss, got single ones with labels; pass --loss kto");
    }
    AnswerTexts.Pair pair = texts.pair(example, prompt, chosen, rejected);
    Answer better = encoder.encode(pair.chosen(), example);
    Answer worse = encoder.encode(pair.rejected(), example);
    encoder.requireDifferent(better, worse, example);
    return PreferenceRow.ofPair(better, worse);
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
        String column = prompt == null ? PROMPT : prompt;
        answers.add(encoder.encode(texts.text(example, column, chosen), example));
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
