package dev.rapt.tokenizer.jinja;

import dev.rapt.tokenizer.jinja.Values.None;
import dev.rapt.tokenizer.jinja.text.Errors;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.RenderedChat;
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
 * A Jinja template, set up as Hugging Face chat templates are: {@code trim_blocks} and {@code
 * lstrip_blocks}, loop controls, {@code generation} blocks that mark text of the assistant, {@code
 * raise_exception} and {@code strftime_now}, {@code tojson} without escapes. Immutable and
 * thread-safe.
 *
 * <p>Not supported are the filters {@code urlize}, {@code pprint} and {@code random}, the method
 * {@code encode} and autoescape blocks, which chat templates do not use, template inheritance and
 * imports. Each is refused by name.
 */
public final class Template {
  private final List<Statement> statements;
  private final boolean isPlain;

  private Template(List<Statement> statements, boolean isPlain) {
    this.statements = statements;
    this.isPlain = isPlain;
  }

  /**
   * Parses a template.
   *
   * @throws ChatTemplateException if the template is not well formed; names the line
   */
  public static Template parse(String source) {
    return new Template(Parser.parse(source, false), false);
  }

  /**
   * Parses a template that keeps white space around its tags and refuses to use undefined
   * variables: {@code trim_blocks} and {@code lstrip_blocks} are off, {@code keep_trailing_newline}
   * is on, and undefined values are {@code StrictUndefined}.
   *
   * @throws ChatTemplateException if the template is not well formed; names the line
   */
  public static Template plain(String source) {
    return new Template(Parser.parse(source, true), true);
  }

  /**
   * Renders the template.
   *
   * @param variables null, booleans, numbers, strings, lists and maps with strings as keys
   * @throws ChatTemplateException if the template fails or calls {@code raise_exception}
   */
  public RenderedChat render(Map<String, ? extends @Nullable Object> variables) {
    return render(variables, Clock.system(ZoneId.systemDefault()));
  }

  /**
   * Renders the template at a given time.
   *
   * @param variables as above
   * @param clock the clock of {@code strftime_now}
   */
  public RenderedChat render(Map<String, ? extends @Nullable Object> variables, Clock clock) {
    Variables globals = new Variables(null, isPlain);
    Globals.define(globals, () -> LocalDateTime.now(clock));
    Variables scope = new Variables(globals);
    Renderer renderer = new Renderer(isPlain);
    try {
      variables.forEach((name, value) -> scope.set(name, value(value)));
      Object messages = scope.get("messages");
      try {
        return renderer.render(statements, scope);
      } catch (ChatTemplateException e) {
        int message = renderer.messageInWork(messages);
        throw message > 0 ? Errors.inMessage(message, e) : e;
      }
    } catch (StackOverflowError e) {
      throw Errors.of("RecursionError", "maximum recursion depth exceeded");
    }
  }

  private static Object value(@Nullable Object value) {
    return switch (value) {
      case null -> None.NONE;
      case String _, Boolean _, Long _, Double _ -> value;
      case BigInteger number -> PythonMath.integer(number);
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
