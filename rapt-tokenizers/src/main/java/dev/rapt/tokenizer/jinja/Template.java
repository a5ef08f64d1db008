package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.types.RenderedChat;

import dev.rapt.tokenizer.types.ChatTemplateException;

import dev.rapt.tokenizer.jinja.Values.None;

import java.math.BigInteger;
import java.time.Clock;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template as chat templates are written: blocks are trimmed, loops may be left, {@code
 * generation} marks what an assistant writes, {@code raise_exception} and {@code strftime_now} are
 * there, {@code tojson} leaves all characters as they are. Immutable; serves all threads.
 *
 * <p>Filters that chat templates do not use ({@code urlize}, {@code wordwrap}, {@code pprint},
 * {@code random}, {@code xmlattr}, {@code filesizeformat}) are missing, and {@code escape} gives
 * plain text.
 */
public final class Template {
  private final List<Statement> statements;

  private Template(List<Statement> statements) {
    this.statements = statements;
  }

  /**
   * Reads a template.
   *
   * @throws ChatTemplateException if it is not well formed; names the line
   */
  public static Template parse(String source) {
    return new Template(Parser.parse(source));
  }

  /**
   * Renders the template.
   *
   * @param variables null, booleans, numbers, strings, lists and maps with strings as keys
   * @throws ChatTemplateException if the template fails, or raises an error itself
   */
  public RenderedChat render(Map<String, ? extends @Nullable Object> variables) {
    return render(variables, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * Renders the template at a time.
   *
   * @param variables as above
   * @param clock what {@code strftime_now} shows
   */
  public RenderedChat render(Map<String, ? extends @Nullable Object> variables, Clock clock) {
    Variables globals = new Variables(null);
    Globals.define(globals, () -> LocalDateTime.now(clock));
    Variables scope = new Variables(globals);
    variables.forEach((name, value) -> scope.set(name, value(value)));
    try {
      return new Renderer().render(statements, scope);
    } catch (StackOverflowError e) {
      throw Errors.of("RecursionError", "maximum recursion depth exceeded");
    }
  }

  private static Object value(@Nullable Object value) {
    return switch (value) {
      case null -> None.NONE;
      case String _, Boolean _, Long _, Double _ -> value;
      case BigInteger number -> Numbers.integer(number);
      case Integer _, Short _, Byte _ -> ((Number) value).longValue();
      case Number number -> number.doubleValue();
      case CharSequence text -> text.toString();
      case Map<?, ?> map -> {
        Map<Object, Object> dict = LinkedHashMap.newLinkedHashMap(map.size());
        map.forEach((key, element) -> dict.put(value(key), value(element)));
        yield dict;
      }
      case Iterable<?> elements -> {
        List<Object> list = new ArrayList<>();
        elements.forEach(element -> list.add(value(element)));
        yield list;
      }
      default ->
          throw new IllegalArgumentException(
              "template variables: must be null, booleans, numbers, strings, lists or maps, got "
                  + value.getClass().getName());
    };
  }
}
