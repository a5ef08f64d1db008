package dev.rapt.train.task;

import dev.rapt.checkpoint.AtomicFiles;
import dev.rapt.tokenizer.chat.ChatTemplate;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** The chat template of a task: the file that a setting names, else that of the model. */
public final class TaskTemplate {
  /** Setting: file of the template. */
  public static final String SETTING = "chat-template";

  private TaskTemplate() {}

  /** Returns the template; empty if none is named and the model has none. */
  public static Optional<ChatTemplate> find(TaskSetup setup) throws IOException {
    String named = setup.spec().settings().get(SETTING);
    return named == null
        ? ChatTemplate.find(setup.tokenizerFolder())
        : Optional.of(
            ChatTemplate.of(Files.readString(Path.of(named)), setup.tokenizer().tokenNames()));
  }

  /** Writes a template that a setting names to the folder of the model. */
  public static void write(TaskSetup setup, Path folder) throws IOException {
    String named = setup.spec().settings().get(SETTING);
    if (named != null) {
      AtomicFiles.write(folder.resolve("chat_template.jinja"), Files.readAllBytes(Path.of(named)));
    }
  }
}
