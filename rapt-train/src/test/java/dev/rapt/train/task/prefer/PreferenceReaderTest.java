package dev.rapt.train.task.prefer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.rapt.tokenizer.chat.ChatTemplate;
import dev.rapt.train.example.Example;
import dev.rapt.train.example.ExampleException;
import dev.rapt.train.task.TuningSpec;
import dev.rapt.train.task.completion.AnswerTexts;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Preferences in the layouts of other tools. */
class PreferenceReaderTest {
  private static final AnswerTexts TEXTS =
      new AnswerTexts(
          ChatTemplate.of(
              "{% for m in messages %}<{{ m.role }}>{{ m.content }}{% endfor %}"
                  + "{% if add_generation_prompt %}<assistant>{% endif %}",
              Map.of()));

  private static Example example(String json) {
    ObjectNode fields = (ObjectNode) JsonMapper.shared().readTree(json.replace('\'', '"'));
    return new Example(Path.of("pairs.jsonl"), 1, fields);
  }

  private static PreferenceReader reader(Example example) {
    TuningSpec spec =
        new TuningSpec(
            "prefer",
            "model",
            List.of("pairs.jsonl"),
            List.of(),
            0.1,
            Map.of(),
            2,
            64,
            1,
            false,
            1,
            null,
            null,
            Map.of());
    return PreferenceReader.find(spec, example);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'prompt': 'Hi', 'chosen': 'Yes', 'rejected': 'No'}",
        "{'prompt': 'Hi', 'chosen_response': 'Yes', 'rejected_response': 'No'}",
        "{'prompt': [{'role': 'user', 'content': 'Hi'}], 'chosen': [{'role': 'assistant', 'content': 'Yes'}], 'rejected': [{'role': 'assistant', 'content': 'No'}]}",
        "{'prompt': 'Hi', 'chosen': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Yes'}], 'rejected': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'No'}]}",
        "{'chosen': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Yes'}], 'rejected': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'No'}]}",
        "{'prompt': 'Hi', 'chosen': {'role': 'assistant', 'content': 'Yes'}, 'rejected': {'role': 'assistant', 'content': 'No'}}",
        "{'conversations': [{'from': 'human', 'value': 'Hi'}], 'chosen': {'from': 'gpt', 'value': 'Yes'}, 'rejected': {'from': 'gpt', 'value': 'No'}}",
        "{'instruction': 'Hi', 'input': '', 'chosen': 'Yes', 'rejected': 'No'}",
        "{'input': {'messages': [{'role': 'user', 'content': 'Hi'}], 'tools': []}, 'preferred_output': [{'role': 'assistant', 'content': 'Yes'}], 'non_preferred_output': [{'role': 'assistant', 'content': 'No'}]}",
      })
  void pairsAreRead(String json) {
    Example example = example(json);
    PreferenceReader reader = reader(example);
    AnswerTexts.Pair pair =
        TEXTS.pair(
            example, reader.prompt(), reader.chosen(), Objects.requireNonNull(reader.rejected()));
    assertThat(pair.chosen())
        .isEqualTo(new AnswerTexts.Text("<user>Hi<assistant>", "<user>Hi<assistant>Yes", true));
    assertThat(pair.rejected())
        .isEqualTo(new AnswerTexts.Text("<user>Hi<assistant>", "<user>Hi<assistant>No", true));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'prompt': 'Hi', 'completion': 'Yes', 'label': true}",
        "{'messages': [{'role': 'user', 'content': 'Hi'}, {'role': 'assistant', 'content': 'Yes'}], 'label': true}",
        "{'conversations': [{'from': 'human', 'value': 'Hi'}, {'from': 'gpt', 'value': 'Yes'}], 'kto_tag': true}",
      })
  void singleAnswersAreRead(String json) {
    Example example = example(json);
    PreferenceReader reader = reader(example);
    String prompt = reader.prompt();
    assertThat(reader.arePairs()).isFalse();
    assertThat(
            prompt == null
                ? TEXTS.lastAnswer(example, reader.chosen())
                : TEXTS.text(example, prompt, reader.chosen()))
        .isEqualTo(new AnswerTexts.Text("<user>Hi<assistant>", "<user>Hi<assistant>Yes", true));
    assertThat(example.fields().path(reader.label()).asBoolean()).isTrue();
  }

  @Test
  void instructionHasItsInput() {
    Example example =
        example("{'instruction': 'Add', 'input': '1 2', 'chosen': '3', 'rejected': '4'}");
    AnswerTexts.Pair pair = TEXTS.pair(example, "instruction", "chosen", "rejected");
    assertThat(pair.chosen().whole()).isEqualTo("<user>Add\n\n1 2<assistant>3");
  }

  @Test
  void otherColumnsAreNamed() {
    Example example = example("{'history': 'Hi', 'human_ref_A': 'Yes', 'human_ref_B': 'No'}");
    assertThatThrownBy(() -> reader(example))
        .isInstanceOf(ExampleException.class)
        .hasMessageContaining(
            "line 1: must hold chosen and rejected answers to a prompt, or a prompt with its completion and a label, got the columns [history, human_ref_A, human_ref_B]");
  }
}
