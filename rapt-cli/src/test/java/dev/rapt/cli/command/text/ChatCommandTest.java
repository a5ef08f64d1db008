package dev.rapt.cli.command.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rapt.cli.CommandLineRun;
import dev.rapt.cli.TinyModels;
import dev.rapt.generate.options.GenerationOptions;
import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A chat whose lines come from the standard input. */
class ChatCommandTest {
  private static final int NUM_TOKENS = 4;

  @TempDir private Path folder;
  private Path model;

  @BeforeEach
  void writeModel() throws IOException {
    model = TinyModels.decoder(folder.resolve("model"), 0.3);
  }

  private List<String> chat(List<String> lines, Object... more) {
    byte[] input = String.join("\n", lines).getBytes(StandardCharsets.UTF_8);
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      Stream<Object> words =
          Stream.concat(Stream.of("chat", model, "-t", 0, "-n", NUM_TOKENS), Stream.of(more));
      CommandLineRun run = CommandLineRun.of(words.toArray());
      assertThat(run.err()).isEmpty();
      assertThat(run.status()).isZero();
      return run.out().lines().toList();
    } finally {
      System.setIn(before);
    }
  }

  private static String answer(TextModel model, int[] prompt) {
    GenerationOptions options =
        model.defaults().toBuilder().doSample(false).maxNewTokens(NUM_TOKENS).build();
    return model.generate(prompt, options, (_, _, _) -> true).first().text();
  }

  @Test
  void aModelWithoutTemplateContinuesTheLines() {
    try (TextModel loaded = TextModel.load(model)) {
      String first = answer(loaded, loaded.encode("the cat"));
      String second = answer(loaded, loaded.encode("the cat" + first + "\na dog"));
      String afterReset = answer(loaded, loaded.encode("a dog"));
      assertThat(first).isNotBlank();
      assertThat(chat(List.of("the cat", "a dog", "/reset", "a dog", "/exit", "the sea")))
          .containsExactly(
              "The model continues your lines. /help lists the commands.",
              first,
              second,
              "The conversation is empty.",
              afterReset);
    }
  }

  @Test
  void guessesDoNotChangeTheAnswers() {
    List<String> lines = List.of("the cat", "a dog", "the cat");
    List<String> answers = chat(lines);
    assertThat(chat(lines, "--prompt-lookup")).isEqualTo(answers);
    assertThat(chat(lines, "--draft", model, "--draft-tokens", 2)).isEqualTo(answers);
  }

  @Test
  void aCacheFileDoesNotChangeTheAnswers() throws IOException {
    Path file = folder.resolve("chat.safetensors");
    List<String> lines = List.of("the cat", "a dog", "the cat");
    List<String> answers = chat(lines);
    assertThat(chat(lines, "--cache", file)).isEqualTo(answers);
    assertThat(file).isNotEmptyFile();
    assertThat(chat(lines, "--cache", file)).isEqualTo(answers);
    Files.writeString(file, "text");
    assertThat(CommandLineRun.of("chat", model, "--cache", file).err())
        .startsWith("rapt: chat.safetensors: must begin");
    assertThat(CommandLineRun.of("chat", model, "--cache", file, "--prompt-lookup").err())
        .contains("--cache: must come with greedy search or sampling and without guesses");
  }

  @Test
  void aModelWithTemplateAnswersInTurns() throws IOException {
    Files.writeString(
        model.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }} {% endfor %}");
    ChatTemplate template = ChatTemplate.load(model);
    Map<String, ?> system = Chat.message("system", "the house");
    Map<String, ?> question = Chat.message("user", "the cat");
    try (TextModel loaded = TextModel.load(model)) {
      String first = answer(loaded, prompt(loaded, template, List.of(system, question)));
      String second =
          answer(
              loaded,
              prompt(
                  loaded,
                  template,
                  List.of(
                      system,
                      question,
                      Chat.message("assistant", first.strip()),
                      Chat.message("user", "a dog"))));
      assertThat(chat(List.of("the cat", "a dog"), "--system", "the house"))
          .containsExactly("The model answers. /help lists the commands.", first, second);
    }
  }

  private static int[] prompt(TextModel model, ChatTemplate template, List<Map<String, ?>> turns) {
    return template.encode(model.tokenizer(), Chat.of(turns).withGenerationPrompt());
  }

  @Test
  void anUnknownCommandIsAnErrorAndAPathIsText() {
    List<String> output = chat(List.of("/foo", "/reset now", "/usr/bin cat", "/exit"));
    assertThat(output)
        .hasSize(4)
        .contains("rapt: /foo: must be a command, got an unknown one; /help lists them")
        .contains("rapt: /reset: must be a command, got an unknown one; /help lists them");
    assertThat(output.getLast()).doesNotContain("rapt: ");
  }

  @Test
  void aTurnThatDoesNotFitIsRefusedAndForgotten() throws IOException {
    Files.writeString(
        model.resolve("chat_template.jinja"),
        "{% for m in messages %}{{ m.content }} {% endfor %}");
    List<String> output =
        chat(List.of("the cat ".repeat(TinyModels.MAX_POSITIONS), "the cat", "/help"));
    assertThat(output)
        .containsExactly(
            "The model answers. /help lists the commands.",
            "rapt: prompt: must have at most %d tokens, got %d; shorten it"
                .formatted(TinyModels.MAX_POSITIONS - 1, 2 * TinyModels.MAX_POSITIONS),
            chat(List.of("the cat")).getLast(),
            "/reset clears the conversation, /exit or Ctrl-D ends, Ctrl-C stops an answer.");
  }
}
