package dev.rapt.train.task.prefer;

import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Encoding;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.completion.Answer;
import dev.rapt.train.task.completion.AnswerTexts;
import java.util.Arrays;

/**
 * Makes tokens of prompts with answers. A token that begins in the prompt belongs to it.
 *
 * @param maxTokens most tokens of a prompt with its answer; the end of a longer answer is cut
 * @param endsTexts whether an end-of-text token follows a text that no chat template has made, as
 *     in TRL
 */
record AnswerEncoder(Tokenizer tokenizer, int maxTokens, boolean endsTexts) {
  /**
   * Encodes a text.
   *
   * @throws dev.rapt.train.example.ExampleException if the prompt leaves no room for the answer, or
   *     the answer is empty
   */
  Answer encode(AnswerTexts.Text text, Example example) {
    Encoding encoded =
        tokenizer.encodeWithOffsets(
            text.whole(), text.isRendered() ? EncodeOptions.PLAIN : EncodeOptions.DEFAULT);
    int from = text.prompt().codePointCount(0, text.prompt().length());
    int prompt = 0;
    while (prompt < encoded.size()
        && (encoded.start(prompt) < from || encoded.end(prompt) == encoded.start(prompt))) {
      prompt++;
    }
    int[] ids = encoded.ids();
    if (prompt == ids.length) {
      throw example.error(
          "the answer must not be empty, got \"%s\" in all".formatted(text.whole()));
    }
    if (prompt >= maxTokens) {
      throw example.error(
          "the prompt must leave room for the answer: at most %d tokens of at most %d, got %d; shorten it, or raise --max-length up to the context of the model"
              .formatted(maxTokens - 1, maxTokens, prompt));
    }
    int end = tokenizer.eosId().orElse(-1);
    if (endsTexts && !text.isRendered() && end >= 0 && ids[ids.length - 1] != end) {
      ids = Arrays.copyOf(ids, ids.length + 1);
      ids[ids.length - 1] = end;
    }
    return new Answer(ids, prompt).cutTo(maxTokens);
  }
}
