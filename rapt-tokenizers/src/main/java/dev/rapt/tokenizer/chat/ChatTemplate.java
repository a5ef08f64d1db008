package dev.rapt.tokenizer.chat;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.jinja.Template;
import dev.rapt.tokenizer.jinja.text.Strings;
import dev.rapt.tokenizer.json.TokenizerConfig;
import dev.rapt.tokenizer.text.ByteOrderMark;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.tokenizer.types.RenderedChat;
import dev.rapt.tokenizer.types.TokenizerFileException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The chat template of a model: renders conversations to the text that the model was trained on, as
 * the Python library does. Immutable and thread-safe.
 */
public final class ChatTemplate {
  private static final String TEMPLATE_FILE = "chat_template.jinja";
  private static final String SUFFIX = ".jinja";
  private static final String DEFAULT = "default";
  private static final String FOR_TOOLS = "tool_use";

  /** Marks the end of the message to continue; the mark of the reference, which filters keep. */
  private static final String CONTINUE_HERE = "CONTINUE_FINAL_MESSAGE_TAG";

  private final Map<String, String> sources;
  private final Map<String, Template> templates;
  private final Map<String, String> tokenNames;

  private ChatTemplate(
      Map<String, String> sources,
      Map<String, Template> templates,
      Map<String, String> tokenNames) {
    this.sources = sources;
    this.templates = templates;
    this.tokenNames = tokenNames;
  }

  /**
   * Parses one template.
   *
   * @param template the source
   * @param tokenNames special tokens by name, like {@code bos_token}; variables of the template
   * @return the template
   * @throws ChatTemplateException if the template is not well formed
   */
  public static ChatTemplate of(String template, Map<String, String> tokenNames) {
    return new ChatTemplate(
        Map.of(DEFAULT, template),
        Map.of(DEFAULT, Template.parse(template)),
        Map.copyOf(tokenNames));
  }

  /**
   * Loads the templates of a folder: chat_template.jinja and additional_chat_templates/*.jinja, or
   * else those in tokenizer_config.json.
   *
   * @param folder the folder of a model
   * @return the templates
   * @throws TokenizerFileException if there is none, or one is broken
   */
  public static ChatTemplate load(Path folder) {
    return find(folder)
        .orElseThrow(() ->
            new TokenizerFileException(
                folder.toString(),
                "",
                "must hold a chat template (chat_template.jinja, or chat_template in"
                    + " tokenizer_config.json), got none; this may not be a chat model",
                null));
  }

  /**
   * Loads the templates of a folder as {@link #load} does.
   *
   * @param folder the folder of a model
   * @return the templates; empty if there is none
   * @throws TokenizerFileException if one is broken
   */
  public static Optional<ChatTemplate> find(Path folder) {
    TokenizerConfig config = TokenizerConfig.read(folder);
    Map<String, String> sources = templateFiles(folder);
    if (sources.isEmpty()) {
      sources = config.chatTemplates();
    }
    if (sources.isEmpty()) {
      return Optional.empty();
    }
    Map<String, Template> templates = new LinkedHashMap<>();
    sources.forEach((name, source) -> {
      try {
        templates.put(name, Template.parse(source));
      } catch (ChatTemplateException e) {
        throw new TokenizerFileException(
            folder.toString(),
            name.equals(DEFAULT) ? "" : "template " + name,
            String.valueOf(e.getMessage()),
            e);
      }
    });
    return Optional.of(new ChatTemplate(sources, templates, config.tokenNames()));
  }

  private static Map<String, String> templateFiles(Path folder) {
    Map<String, String> sources = new LinkedHashMap<>();
    Path main = folder.resolve(TEMPLATE_FILE);
    if (Files.exists(main)) {
      sources.put(DEFAULT, read(main));
    }
    for (String name : List.of("additional_chat_templates", "chat_templates")) {
      Path more = folder.resolve(name);
      if (!Files.isDirectory(more)) {
        continue;
      }
      try (Stream<Path> files = Files.list(more)) {
        for (Path file : files.sorted().toList()) {
          String fileName = file.getFileName().toString();
          if (fileName.endsWith(SUFFIX)) {
            sources.putIfAbsent(
                fileName.substring(0, fileName.length() - SUFFIX.length()), read(file));
          }
        }
      } catch (IOException e) {
        throw new TokenizerFileException(more.toString(), "", "must be readable, got " + e, e);
      }
    }
    return sources;
  }

  private static String read(Path file) {
    try {
      return ByteOrderMark.skip(Files.readString(file));
    } catch (IOException e) {
      throw new TokenizerFileException(
          file.toString(), "", "must be readable UTF-8 text, got " + e, e);
    }
  }

  /** {@return the source of the default template, if there is one} */
  public Optional<String> source() {
    return Optional.ofNullable(sources.get(DEFAULT));
  }

  /** {@return the names of the templates; a single one is called {@code default}} */
  public List<String> names() {
    return new ArrayList<>(new TreeSet<>(templates.keySet()));
  }

  /**
   * Selects one template.
   *
   * @param name its name
   * @return the template, now the default one
   * @throws IllegalArgumentException if there is none of that name
   */
  public ChatTemplate named(String name) {
    Template template = templates.get(name);
    if (template == null) {
      throw new IllegalArgumentException(
          "chat template: must be one of " + names() + ", got " + name);
    }
    return new ChatTemplate(
        Map.of(DEFAULT, sources.getOrDefault(name, "")), Map.of(DEFAULT, template), tokenNames);
  }

  /**
   * Renders a conversation.
   *
   * @param chat the conversation
   * @return the text
   * @throws ChatTemplateException if the template fails or refuses the conversation
   * @throws IllegalArgumentException if the final message cannot be continued, or no template fits
   */
  public String render(Chat chat) {
    return render(chat, Clock.system(ZoneId.systemDefault())).text();
  }

  /**
   * Renders a conversation and marks the text of the assistant.
   *
   * @param chat the conversation
   * @param clock the clock of templates that print the date
   * @return the text with the parts in {@code generation} blocks
   * @throws ChatTemplateException if the template fails or refuses the conversation
   * @throws IllegalArgumentException if the final message cannot be continued, or no template fits
   */
  public RenderedChat render(Chat chat, Clock clock) {
    Map<String, @Nullable Object> variables = new LinkedHashMap<>(tokenNames);
    variables.put("messages", chat.messages());
    variables.put("tools", chat.tools());
    variables.put("documents", chat.documents());
    variables.put("add_generation_prompt", chat.addGenerationPrompt());
    variables.putAll(chat.variables());
    Template template = choose(chat);
    if (!chat.continueFinalMessage()) {
      return template.render(variables, clock);
    }
    List<Map<String, ?>> messages = new ArrayList<>(chat.messages());
    if (messages.isEmpty()) {
      throw noMessageToContinue();
    }
    Map<String, ?> last = messages.getLast();
    messages.set(messages.size() - 1, marked(last));
    variables.put("messages", messages);
    RenderedChat rendered = template.render(variables, clock);
    if (!rendered.text().contains(Strings.strip(textOf(last.get("content")), Strings::isSpace))) {
      throw changedMessage();
    }
    return cut(rendered);
  }

  private Template choose(Chat chat) {
    Template forTools = templates.get(FOR_TOOLS);
    Template template =
        chat.tools() != null && forTools != null ? forTools : templates.get(DEFAULT);
    if (template == null) {
      throw new IllegalArgumentException(
          "chat template: must have a default one, got " + names() + "; select one by name");
    }
    return template;
  }

  private static IllegalArgumentException noMessageToContinue() {
    return new IllegalArgumentException(
        "chat: the final message must have text to continue, got none");
  }

  private static IllegalArgumentException changedMessage() {
    return new IllegalArgumentException(
        "chat: the final message must appear in the rendered text to be continued, got a template"
            + " that drops or changes parts of it; do not continue it, or remove those parts");
  }

  /** Returns the text of a message: its content, or else the last text in it. */
  private static String textOf(@Nullable Object content) {
    String last = content instanceof String text ? text : "";
    if (content instanceof List<?> parts) {
      for (Object part : parts) {
        if (part instanceof Map<?, ?> map && map.get("text") instanceof String text) {
          last = text;
        }
      }
    }
    return last;
  }

  /** Returns a copy of the message with a marker after its text. */
  private static Map<String, ?> marked(Map<String, ?> message) {
    Map<String, @Nullable Object> copy = new LinkedHashMap<>(message);
    switch (message.get("content")) {
      case String text -> copy.put("content", text + CONTINUE_HERE + " ");
      case List<?> parts -> {
        List<@Nullable Object> marked = new ArrayList<>(parts);
        int last = marked.size() - 1;
        while (last >= 0
            && !(marked.get(last) instanceof Map<?, ?> part
                && part.get("text") instanceof String)) {
          last--;
        }
        if (last < 0 || !(marked.get(last) instanceof Map<?, ?> part)) {
          throw noMessageToContinue();
        }
        Map<Object, @Nullable Object> markedPart = new LinkedHashMap<>(part);
        markedPart.put("text", part.get("text") + CONTINUE_HERE + " ");
        marked.set(last, markedPart);
        copy.put("content", marked);
      }
      case null, default -> throw noMessageToContinue();
    }
    return copy;
  }

  /** Cuts the text at the marker; strips it if the template stripped the message. */
  private static RenderedChat cut(RenderedChat rendered) {
    String text = rendered.text();
    int at = text.lastIndexOf(CONTINUE_HERE);
    if (at < 0) {
      throw changedMessage();
    }
    boolean keepsSpace = text.startsWith(CONTINUE_HERE + " ", at);
    String kept =
        keepsSpace
            ? text.substring(0, at)
            : Strings.stripRight(text.substring(0, at), Strings::isSpace);
    List<RenderedChat.Span> generated =
        rendered.generated().stream()
            .filter(span -> span.start() < kept.length())
            .map(span -> new RenderedChat.Span(span.start(), Math.min(span.end(), kept.length())))
            .toList();
    return new RenderedChat(kept, generated);
  }

  /**
   * Renders and encodes a conversation. The template supplies all special tokens, the tokenizer
   * adds none.
   *
   * @param tokenizer the tokenizer of the model
   * @param chat the conversation
   * @return the ids
   * @throws ChatTemplateException if the template fails or refuses the conversation
   */
  public int[] encode(Tokenizer tokenizer, Chat chat) {
    IdBuffer ids = new IdBuffer(256);
    tokenizer.encode(render(chat), ids);
    return ids.toArray();
  }
}
