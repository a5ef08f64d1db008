package dev.rapt.verify.tokenizer;

import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatReader;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.jinja.Template;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.IdBuffer;
import dev.rapt.verify.report.CaseReport;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Compares conversations rendered with chat templates, and small templates of single features. */
public final class ChatTemplateChecks {
  private ChatTemplateChecks() {}

  /** Runs the case in a folder; {@code recorded} is its cases.json. */
  public static void run(Path folder, JsonNode recorded, CaseReport report) {
    Map<String, CheckGroup> groups = new LinkedHashMap<>();
    Map<String, ChatTemplate> templates = new HashMap<>();
    Map<String, Tokenizer> tokenizers = new HashMap<>();
    for (JsonNode render : recorded.path("renders")) {
      String name = render.get("template").stringValue();
      Path own = folder.resolve(name);
      ChatTemplate template = templates.computeIfAbsent(name, _ -> ChatTemplate.load(own));
      Tokenizer tokenizer = tokenizers.computeIfAbsent(name, _ -> Tokenizer.load(own));
      groups
          .computeIfAbsent(name, key -> new CheckGroup(key, report))
          .check(
              render.get("conversation").stringValue() + " " + render.get("args"),
              () -> {
                String text = rendered(render, () -> template.render(chat(recorded, render)));
                if (text != null) {
                  IdBuffer ids = new IdBuffer(0);
                  tokenizer.encode(text, ids);
                  CheckGroup.same(
                      "ids",
                      RecordedValues.list(ids.toArray()),
                      RecordedValues.list(render.get("ids")));
                }
              });
    }
    groups.values().forEach(CheckGroup::end);
    CheckGroup micro = new CheckGroup("micro", report);
    for (JsonNode item : recorded.path("micro")) {
      micro.check(
          item.get("template").stringValue(),
          () -> {
            Map<String, @Nullable Object> context = new LinkedHashMap<>();
            recorded
                .get("micro_context")
                .properties()
                .forEach(entry -> context.put(entry.getKey(), ChatReader.value(entry.getValue())));
            rendered(
                item,
                () -> Template.parse(item.get("template").stringValue()).render(context).text());
          });
    }
    micro.end();
  }

  /** The rendered text, which must equal the recorded one; null if both are the same error. */
  private static @Nullable String rendered(JsonNode item, Supplier<String> render) {
    String text;
    try {
      text = render.get();
    } catch (ChatTemplateException e) {
      CheckGroup.same(
          "error",
          e.kind() + ": " + e.reason(),
          item.path("error").asString("no error but " + item.get("rendered")));
      return null;
    }
    CheckGroup.same("rendered", text, item.path("rendered").asString("error " + item.get("error")));
    return text;
  }

  private static Chat chat(JsonNode recorded, JsonNode render) {
    List<Map<String, ?>> messages =
        ChatReader.objects(
            "cases.json",
            "conversations",
            recorded.get("conversations").get(render.get("conversation").stringValue()));
    Chat chat = Chat.of(messages);
    for (Map.Entry<String, JsonNode> argument : render.get("args").properties()) {
      chat =
          switch (argument.getKey()) {
            case "tools" ->
                chat.withTools(ChatReader.objects("cases.json", "tools", recorded.get("tools")));
            case "add_generation_prompt" -> chat.withGenerationPrompt();
            case "continue_final_message" -> chat.withFinalMessageContinued();
            default -> chat.with(argument.getKey(), ChatReader.value(argument.getValue()));
          };
    }
    return chat;
  }
}
