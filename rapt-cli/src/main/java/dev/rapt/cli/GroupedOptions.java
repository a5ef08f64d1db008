package dev.rapt.cli;

import dev.rapt.cli.options.OptionGroup;
import dev.rapt.cli.options.PerCommand;
import java.lang.reflect.Field;
import java.lang.reflect.Member;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.Model.OptionSpec;

/** Lists the options of a command, each group under its heading. */
final class GroupedOptions implements IHelpSectionRenderer {
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
    for (OptionSpec option : help.commandSpec().options()) {
      if (!option.hidden()) {
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
    if (option.userObject() instanceof Member member) {
      OptionGroup group = member.getDeclaringClass().getAnnotation(OptionGroup.class);
      return group == null ? "" : group.value();
    }
    return "";
  }
}
