package dev.rapt.cli;

import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.PerCommand;
import dev.rapt.train.finetune.Tasks;
import dev.rapt.train.task.Task;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/** Lists the options of a command, each group under its heading. */
final class GroupedOptions implements IHelpSectionRenderer {
  /** Loaded with the first help of a task: other help needs no task. */
  private static final class KnownTasks {
    static final Set<String> NAMES =
        Tasks.ALL.stream().map(Task::name).collect(Collectors.toUnmodifiableSet());
  }

  /** Sets this form of help for a command and its subcommands. */
  static void install(CommandLine line) {
    line.getHelpSectionMap()
        .put(CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST, new GroupedOptions());
    line.getSubcommands().values().forEach(GroupedOptions::install);
  }

  @Override
  public String render(Help help) {
    Map<String, List<OptionSpec>> groups = new LinkedHashMap<>();
    groups.put("", new ArrayList<>()); // options without a group come first
    String task = task(help.commandSpec());
    for (OptionSpec option : help.commandSpec().options()) {
      if (!option.hidden() && (task == null || isFor(option, task))) {
        groups.computeIfAbsent(groupOf(option), _ -> new ArrayList<>()).add(option);
      }
    }
    StringBuilder text = new StringBuilder();
    groups.forEach((heading, options) -> {
      if (!heading.isEmpty()) {
        text.append(System.lineSeparator()).append(heading).append(':');
        text.append(System.lineSeparator());
      }
      text.append(list(help, options));
    });
    return text.toString();
  }

  /** Returns the task of fine-tuning that the command line names before its --help, or null. */
  private static @Nullable String task(CommandSpec command) {
    CommandLine.ParseResult parsed = command.commandLine().getParseResult();
    return command.name().equals("finetune") && parsed != null
        ? parsed.matchedOptionValue("--task", (String) null)
        : null;
  }

  /** Whether a task reads an option: neither its group nor its help names other tasks alone. */
  private static boolean isFor(OptionSpec option, String task) {
    OptionGroup group = group(option);
    List<String> ofGroup = group == null ? List.of() : List.of(group.tasks());
    String description = String.join(" ", option.description());
    int colon = description.indexOf(": ");
    List<String> named =
        colon < 0 ? List.of() : List.of(description.substring(0, colon).split(", "));
    return (ofGroup.isEmpty() || ofGroup.contains(task))
        && (named.isEmpty()
            || !KnownTasks.NAMES.containsAll(named)
            || List.of(description.split("\\W+")).contains(task));
  }

  /** The layout is computed from all options, so that the columns of the groups align. */
  private static String list(Help help, List<OptionSpec> options) {
    Help.Layout layout =
        help.createDefaultLayout(
            help.commandSpec().options(),
            help.commandSpec().positionalParameters(),
            help.colorScheme());
    List<OptionSpec> described =
        options.stream().map(option -> describe(option, help.commandSpec().name())).toList();
    layout.addOptions(described, help.createDefaultParamLabelRenderer());
    return layout.toString();
  }

  /** Returns the option with what the description adds for this command. */
  private static OptionSpec describe(OptionSpec option, String command) {
    PerCommand added =
        option.userObject() instanceof Field field ? field.getAnnotation(PerCommand.class) : null;
    if (added == null) {
      return option;
    }
    String text =
        switch (command) {
          case "train" -> added.train();
          case "pretrain" -> added.pretrain();
          case "finetune" -> added.finetune();
          default -> "";
        };
    String description = String.join(" ", option.description());
    return OptionSpec.builder(option).description((description + " " + text).strip()).build();
  }

  private static String groupOf(OptionSpec option) {
    OptionGroup group = group(option);
    return group == null ? "" : group.value();
  }

  private static @Nullable OptionGroup group(OptionSpec option) {
    return option.userObject() instanceof Member member
        ? member.getDeclaringClass().getAnnotation(OptionGroup.class)
        : null;
  }
}
