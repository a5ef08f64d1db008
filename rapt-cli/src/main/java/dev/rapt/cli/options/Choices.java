package dev.rapt.cli.options;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.TypeConversionException;

/** Values of options that are one of a few names, in lower case. */
public final class Choices {
  private Choices() {}

  /** Registers the parsers of a command and its subcommands for their options of this kind. */
  public static void register(CommandLine line) {
    for (ArgSpec argument : line.getCommandSpec().args()) {
      for (Class<?> type : argument.auxiliaryTypes()) {
        if (type.isEnum()) {
          register(line, type);
        }
      }
    }
    line.getSubcommands().values().forEach(Choices::register);
  }

  @SuppressWarnings({"unchecked", "rawtypes"}) // the type is known at run time only
  private static void register(CommandLine line, Class type) {
    line.registerConverter(type, text -> parse(type, text));
  }

  private static Object parse(Class<?> type, String text) {
    for (Object constant : type.getEnumConstants()) {
      if (name(constant).equalsIgnoreCase(text.strip().replace('-', '_'))) {
        return constant;
      }
    }
    throw new TypeConversionException("must be %s, got '%s'".formatted(sentence(type), text));
  }

  /** The names of an enum: {@code a, b or c}. */
  public static String sentence(Class<?> type) {
    List<String> names = Arrays.stream(type.getEnumConstants()).map(Choices::name).toList();
    return sentence(names);
  }

  /** Names in a sentence: {@code a, b or c}. */
  public static String sentence(List<String> names) {
    int last = names.size() - 1;
    return last < 1
        ? String.join("", names)
        : String.join(", ", names.subList(0, last)) + " or " + names.get(last);
  }

  private static String name(Object constant) {
    return ((Enum<?>) constant).name().toLowerCase(Locale.ROOT);
  }
}
