package dev.rapt.cli;

import dev.rapt.cli.options.OptionGroup;
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
    layout.addOptions(options, help.createDefaultParamLabelRenderer());
    return layout.toString();
  }

  private static String groupOf(OptionSpec option) {
    if (option.userObject() instanceof Member member) {
      OptionGroup group = member.getDeclaringClass().getAnnotation(OptionGroup.class);
      return group == null ? "" : group.value();
    }
    return "";
  }
}
