package dev.rapt.train.task.generate;

import dev.rapt.model.CausalLm;
import dev.rapt.model.load.Loading;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.Task;
import dev.rapt.train.task.TaskRun;
import dev.rapt.train.task.TaskSetup;
import dev.rapt.train.task.TaskTemplate;
import dev.rapt.train.task.TuningSpec;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Instruction tuning of a decoder on conversations: the loss counts the tokens of the answers
 * alone. Several conversations are packed into a sequence, without attention across them.
 */
public final class InstructTask implements Task {
  private static final String NO_PACKING = "no-packing";

  @Override
  public String name() {
    return "instruct";
  }

  @Override
  public String description() {
    return "answers as an assistant, from conversations";
  }

  @Override
  public Set<String> settings() {
    return Set.of(TaskTemplate.SETTING, NO_PACKING);
  }

  @Override
  public Set<String> columns() {
    return Set.of("messages", "prompt", "completion");
  }

  @Override
  public String command() {
    return "chat %s";
  }

  @Override
  public TaskRun<?> open(TaskSetup setup) throws IOException {
    TaskSetup.Split<Example> examples = setup.examples();
    CausalLm model = load(setup);
    try {
      ChatRows rows = new ChatRows(setup.tokenizer(), template(setup));
      int most = setup.maxTokens(model.config().maxPositions());
      List<ChatRows.Row> train = encode(rows, examples.train(), setup.spec(), most);
      List<ChatRows.Row> heldOut = encode(rows, examples.heldOut(), setup.spec(), most);
      return new InstructRun(setup, model, train, heldOut, most, !setup.flag(NO_PACKING));
    } catch (RuntimeException | IOException e) {
      model.close();
      throw e;
    }
  }

  private static List<ChatRows.Row> encode(
      ChatRows rows, List<Example> examples, TuningSpec spec, int most) {
    List<ChatRows.Row> encoded = new ArrayList<>();
    for (Example example : examples) {
      encoded.add(rows.row(Conversations.messages(example, spec), example, most));
    }
    return encoded;
  }

  private static ChatTemplate template(TaskSetup setup) throws IOException {
    return TaskTemplate.find(setup)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "%s: must have a chat template for the task instruct, got none; pass --chat-template FILE"
                    .formatted(setup.spec().model())));
  }

  private static CausalLm load(TaskSetup setup) {
    Path config = setup.folder().resolve("config.json");
    Loading loading = setup.loading();
    return loading.start() == Loading.Start.FRESH
        ? CausalLm.create(setup.folder(), loading.seed())
        : CausalLm.load(setup.folder(), config, loading.trained());
  }
}
