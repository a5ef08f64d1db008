package dev.rapt.train.task.reinforce;

import dev.rapt.text.TextModel;
import dev.rapt.tokenizer.EncodeOptions;
import dev.rapt.tokenizer.Tokenizer;
import dev.rapt.train.example.Example;
import dev.rapt.train.task.completion.AnswerTexts;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads prompts.
 *
 * @param column column of the prompt
 * @param texts makes the texts of prompts
 * @param maxTokens most tokens of a prompt
 */
record PromptReader(String column, AnswerTexts texts, Tokenizer tokenizer, int maxTokens) {
  /**
   * Returns the prompts of examples.
   *
   * @throws dev.rapt.train.example.ExampleException if one has none, or it is too long
   */
  List<PromptRow> read(List<Example> examples) {
    List<PromptRow> rows = new ArrayList<>();
    for (Example example : examples) {
      rows.add(read(example));
    }
    return rows;
  }

  private PromptRow read(Example example) {
    AnswerTexts.Text text = texts.prompt(example, column);
    int[] ids =
        text.isRendered()
            ? tokenizer.encodeWithOffsets(text.prompt(), EncodeOptions.PLAIN).ids()
            : tokenizer.encode(text.prompt());
    if (ids.length == 0) {
      ids = TextModel.beginning(tokenizer);
    }
    if (ids.length > maxTokens) {
      throw example.error(
          "the prompt must leave room for the answer: at most %d tokens, got %d; shorten it, or lower --max-completion-length"
              .formatted(maxTokens, ids.length));
    }
    return new PromptRow(text.prompt(), ids, example);
  }
}
