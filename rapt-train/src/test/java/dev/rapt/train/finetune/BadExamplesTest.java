package dev.rapt.train.finetune;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Examples that cannot be used are named with file and line, before training starts. */
class BadExamplesTest {
  private static final String GOOD_TSV = "text\tlabel\ngood\tyes\nbad\tno\n";
  private static final String GOOD_TAGS = "ada B-PER\nin O\n\nkay B-PER\n\n";
  private static final String GOOD_ANSWER =
      "{'question': 'who', 'context': 'by ada', 'answers': {'text': ['ada'], 'answer_start':"
          + " [3]}}\n";
  private static final String GOOD_RANK =
      "query\tpassage\tscore\nwho\tada\t1\nwhere\trome\t0\nwhere\tada\t0\n";

  @TempDir private static Path folder;
  private static Path base;

  @BeforeAll
  static void writeModel() throws IOException {
    base = TinyEncoder.write(folder.resolve("base"));
  }

  /**
   * A file of held-out examples, beside good training examples.
   *
   * @param line line of the error; 0 for an error of the whole file
   */
  record Case(String task, String train, String name, String heldOut, int line, String message) {
    @Override
    public String toString() {
      return task + ": " + message;
    }
  }

  private static Case classify(String name, String heldOut, int line, String message) {
    return new Case("classify", GOOD_TSV, name, heldOut, line, message);
  }

  private static Case answer(String heldOut, String message) {
    return new Case("answer", GOOD_ANSWER, "bad.jsonl", heldOut, 1, message);
  }

  static Stream<Case> cases() {
    return Stream.of(
        classify(
            "bad.tsv",
            "text\tlabel\ngood\tyes\nfine\tmaybe\n",
            3,
            "the label must be one of the training examples, no, yes, got \"maybe\""),
        classify("bad.tsv", "text\tlabel\ngood\tyes\nfine\n", 3, "must have 2 cells"),
        classify("bad.tsv", "text\tlabel\ngood\tyes\nfine\t \n", 3, "\"label\" must not be blank"),
        classify("bad.csv", "text,label\n\"good,yes\nbad,no\n", 2, "quote"),
        classify("bad.tsv", "text\tlabel\n", 0, "must have at least one example, got none"),
        classify("bad.tsv.gz", GOOD_TSV, 1, "must be compressed by gzip, as the name of the file"),
        classify("bad.tsv", "", 0, "must have at least one example, got none"),
        classify("bad.tsv", "text\tstars\ngood\t5\n", 2, "must have a value in \"label\""),
        classify("bad.xml", "{}", 0, "name must end in .tsv, .csv, .jsonl or .json"),
        classify("bad.json", "[3]", 1, "must be an array of JSON objects"),
        classify("bad.jsonl", "{'text': 'good', 'label': ['yes']}", 1, "\"label\" must be text"),
        classify("bad.jsonl", "{'text': 'good', 'label': ", 1, "must be a JSON object"),
        new Case(
            "classify",
            "text\tlabel\na\tyes\nb\tyes\n",
            "x.tsv",
            GOOD_TSV,
            2,
            "the training examples must have at least 2 classes, got only [yes]"),
        new Case(
            "pair",
            "text\tlabel\na\tyes\nb\tno\n",
            "x.tsv",
            GOOD_TSV,
            2,
            "must have a column for the first, named first or sentence1"),
        new Case(
            "regress",
            "text\tscore\na\t1\nb\t2\n",
            "bad.tsv",
            "text\tscore\na\tmany\n",
            2,
            "\"score\" must be a number, got \"many\""),
        new Case(
            "regress",
            "text\tscore\na\t1\nb\t1\n",
            "bad.tsv",
            "text\tscore\na\t1\n",
            2,
            "the training examples must have different numbers in \"score\", got only 1.0"),
        new Case(
            "rank",
            GOOD_RANK,
            "bad.tsv",
            "query\tpassage\tscore\nwho\tada\t3\n",
            2,
            "\"score\" must be from 0 to 1, got 3.0"),
        new Case(
            "rank",
            GOOD_TSV,
            "bad.tsv",
            GOOD_RANK,
            2,
            "must have a column for the query, named query or question"),
        new Case("tag", GOOD_TAGS, "bad.conll", "ada B-PER\nin\n", 2, "must have 2 columns"),
        new Case(
            "tag",
            GOOD_TAGS,
            "bad.conll",
            "\nrome B-LOC\n",
            2,
            "word \"rome\": the label must be one of the training examples, B-PER, O, got"
                + " \"B-LOC\""),
        new Case(
            "tag",
            GOOD_TAGS,
            "bad.jsonl",
            "{'tokens': ['a', 'b'], 'tags': ['O']}",
            1,
            "must have a tag for each word, got 2 words and 1 tags"),
        new Case(
            "tag",
            GOOD_TAGS,
            "bad.jsonl",
            "{'tokens': ['a'], 'tags': [3]}",
            1,
            "\"tags\" must have the names of the tags, got numbers, and the model does not"),
        new Case(
            "tag",
            GOOD_TAGS,
            "bad.jsonl",
            GOOD_ANSWER,
            1,
            "must have a column for the words, named tokens or words"),
        new Case("tag", GOOD_TAGS, "bad.tsv", GOOD_TSV, 0, "name must end in .conll"),
        answer(
            GOOD_ANSWER.replace("[3]", "[2]"),
            "question \"who\": the context must have the answer \"ada\" at character 2, got \""
                + " ad\""),
        answer(
            GOOD_ANSWER.replace("[3]", "[30]"),
            "the answer \"ada\" must lie in the context of 6 characters, got answer_start 30"),
        answer(GOOD_ANSWER.replace("[3]", "[]"), "a list \"answer_start\" of the same length"),
        answer(GOOD_ANSWER.replace("'who'", "' '"), "question and context must not be blank"),
        answer(
            GOOD_ANSWER.replace("'who'", "'" + "who ".repeat(40) + "'"),
            "question: must leave room for the text"),
        new Case(
            "answer",
            GOOD_ANSWER,
            "bad.json",
            "{'data': [\n{'paragraphs': [\n"
                + "{'context': 'by ada', 'qas': [{'id': '7', 'question': 'who', 'answers':"
                + " [{'text': 'kay', 'answer_start': 3}]}]}]}]}",
            2,
            "question 7: the context must have the answer \"kay\" at character 3, got \"ada\""),
        new Case("answer", GOOD_ANSWER, "bad.json", "[1]", 1, "must be an array of JSON objects"),
        new Case("answer", GOOD_ANSWER, "bad.tsv", GOOD_TSV, 0, "name must end in .json"));
  }

  private static Path write(String name, String text) throws IOException {
    boolean isJson = name.contains(".json");
    return Files.writeString(folder.resolve(name), isJson ? text.replace('\'', '"') : text);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void examplesAreRefusedBeforeTraining(Case each) throws IOException {
    String ending =
        switch (each.task) {
          case "tag" -> ".conll";
          case "answer" -> ".jsonl";
          default -> ".tsv";
        };
    Path train = write("train" + ending, each.train);
    Path heldOut = write(each.name, each.heldOut);
    Path out = folder.resolve("out");
    FineTuning tuning = FineTuning.of(each.task, base).train(train).heldOut(heldOut);
    assertThatThrownBy(() -> tuning.run(out))
        .hasMessageContaining(each.message)
        .satisfies(e -> {
          if (each.line > 0) {
            assertThat(e).hasMessageMatching("(?s).*\\.\\w+, line " + each.line + ": .*");
          } else {
            assertThat(e).hasMessageStartingWith(heldOut.toString());
          }
        });
    assertThat(out.resolve("metrics.jsonl")).doesNotExist();
  }

  @Test
  void allQuestionsWithoutAnswersAreRefused() throws IOException {
    String none = "{'question': 'who', 'context': 'by ada', 'answers': []}\n";
    Path train = write("none.jsonl", none + none);
    assertThatThrownBy(() -> FineTuning.of("answer", base).train(train).run(folder.resolve("n")))
        .hasMessage(train + ": some of the training questions must have answers, got none");
  }

  @Test
  void aModelOfAnotherKindIsRefused() throws IOException {
    Path t5 = Files.createDirectories(folder.resolve("t5"));
    Files.copy(base.resolve("tokenizer.json"), t5.resolve("tokenizer.json"));
    Files.writeString(
        t5.resolve("config.json"),
        """
        {"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}
        """);
    Path train = write("kind.conll", GOOD_TAGS);
    FineTuning tuning = FineTuning.of("tag", t5).train(train).heldOut(train);
    assertThatThrownBy(() -> tuning.run(folder.resolve("k")))
        .hasMessageContaining("config.json")
        .hasMessageContaining("model_type must be")
        .hasMessageContaining("got t5");
  }

  @Test
  void aKindOfModelThatTheTaskCannotTrainIsNamedBeforeItsChatTemplate() throws IOException {
    Path train = write("chat.jsonl", "{\"prompt\": \"a\", \"completion\": \"b\"}\n".repeat(2));
    FineTuning tuning = FineTuning.of("instruct", base).train(train).heldOut(train);
    assertThatThrownBy(() -> tuning.run(folder.resolve("i")))
        .hasMessageContaining("model_type must be a decoder, got bert")
        .hasMessageContaining("choose another model");
  }

  @Test
  void aTokenizerWithMoreTokensThanTheModelIsRefused() throws IOException {
    Path other = TinyEncoder.write(folder.resolve("other"));
    Path json = other.resolve("tokenizer.json");
    Files.writeString(json, Files.readString(json).replace("\"w0\":", "\"extra\":36,\"w0\":"));
    Path train = write("vocabulary.tsv", GOOD_TSV);
    FineTuning tuning = FineTuning.of("classify", other).train(train).heldOut(train);
    assertThatThrownBy(() -> tuning.run(folder.resolve("v")))
        .hasMessage(
            "other: the tokenizer must have at most the 36 tokens of the model, got 37; use the"
                + " model's own tokenizer");
  }

  @Test
  void settingsOfAnotherTaskAreRefused() {
    assertThatThrownBy(() -> FineTuning.of("tag", base).set("doc-stride", "3"))
        .hasMessage("doc-stride: is no setting of the task tag; leave it out");
  }
}
