package dev.rapt.train.task.generate;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.tokenizer.chat.Chat;
import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.tokenizer.types.ChatTemplateException;
import dev.rapt.tokenizer.types.RenderedChat;
import dev.rapt.train.batch.TokenBatch;
import dev.rapt.train.example.Example;
import java.time.Clock;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * Makes rows of tokens of conversations, through the template of the model. What the template marks
 * with {@code generation} blocks is predicted; without such blocks, what the assistant's messages
 * add to the text behind the generation prompt.
 */
record ChatRows(Tokenizer tokenizer, ChatTemplate template) {
  /**
   * A conversation as tokens.
   *
   * @param inputs the tokens but the last
   * @param targets the token after each input, or -100 where it is none of an answer
   * @param isCut whether the end of the conversation was left out
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Row(int[] inputs, int[] targets, boolean isCut) {
    long predicted() {
      return Arrays.stream(targets).filter(target -> target != TokenBatch.IGNORED).count();
    }
  }

  /**
   * A part of a text, in UTF-16 units.
   *
   * @param isMarked whether the template marks it; then a token that begins before it, with a
   *     space, belongs to it, as in transformers
   */
  private record Part(int from, int to, boolean isMarked) {}

  /**
   * Encodes a conversation.
   *
   * @param most most tokens of a row; the end of a longer conversation is cut
   * @throws dev.rapt.train.example.ExampleException if the template refuses it
   */
  Row row(List<Map<String, ?>> messages, Example example, int most) {
    RenderedChat rendered;
    List<Part> answers;
    try {
      rendered = template.render(Chat.of(messages), Clock.system(ZoneId.systemDefault()));
      answers =
          rendered.generated().isEmpty()
              ? answers(messages, rendered.text(), example)
              : marked(messages, rendered, example);
    } catch (ChatTemplateException e) {
      throw example.error("must be a conversation of the chat template, but " + e.getMessage());
    }
    boolean learns = messages.stream().anyMatch(m -> Conversations.isLearned(m, example));
    if (answers.isEmpty() && learns) {
      throw example.error(
          "the chat template must keep the beginning of a conversation as it is, so that the answer can be found; use another template");
    }
    return row(rendered.text(), answers, most);
  }

  private Row row(String text, List<Part> answers, int most) {
    Encoding encoded = tokenizer.encodeWithOffsets(text, EncodeOptions.PLAIN);
    int size = Math.min(encoded.size(), most + 1);
    int[] inputs = Arrays.copyOf(encoded.ids(), Math.max(0, size - 1));
    int[] targets = new int[inputs.length];
    Arrays.fill(targets, TokenBatch.IGNORED);
    for (Part answer : answers) {
      int from = text.codePointCount(0, answer.from);
      int to = from + text.codePointCount(answer.from, answer.to);
      for (int i = 0; i < targets.length; i++) {
        boolean begins = answer.isMarked ? encoded.end(i + 1) > from : encoded.start(i + 1) >= from;
        boolean isIn = begins && encoded.start(i + 1) < to;
        targets[i] = isIn ? encoded.id(i + 1) : targets[i];
      }
    }
    return new Row(inputs, targets, size < encoded.size());
  }

  /** Returns what the template marks as generated, without answers that are not to be learned. */
  private static List<Part> marked(
      List<Map<String, ?>> messages, RenderedChat rendered, Example example) {
    List<Part> parts =
        rendered.generated().stream()
            .map(span -> new Part(span.start(), span.end(), true))
            .toList();
    List<Map<String, ?>> answers = messages.stream().filter(Conversations::isAnswer).toList();
    List<Boolean> learned =
        answers.stream().map(answer -> Conversations.isLearned(answer, example)).toList();
    if (!learned.contains(false)) {
      return parts;
    }
    if (parts.size() != answers.size()) {
      throw example.error(
          "a message with the weight 0 needs a chat template that marks each of the %d answers, got %d marks; use another template"
              .formatted(answers.size(), parts.size()));
    }
    return IntStream.range(0, parts.size()).filter(learned::get).mapToObj(parts::get).toList();
  }

  /**
   * Returns what each message of the assistant adds that is to be learned. Templates that render an
   * earlier answer in another way than the last one leave only the last one.
   */
  private List<Part> answers(List<Map<String, ?>> messages, String whole, Example example) {
    List<Part> parts = new ArrayList<>();
    for (int i = 0; i < messages.size(); i++) {
      if (Conversations.isLearned(messages.get(i), example)) {
        String before = template.render(Chat.of(messages.subList(0, i)).withGenerationPrompt());
        boolean isLast = i == messages.size() - 1;
        String after = isLast ? whole : template.render(Chat.of(messages.subList(0, i + 1)));
        if (whole.startsWith(before) && whole.startsWith(after)) {
          parts.add(new Part(before.length(), after.length(), false));
        }
      }
    }
    return parts;
  }
}
