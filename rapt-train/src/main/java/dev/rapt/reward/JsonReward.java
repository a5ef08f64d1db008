package dev.rapt.reward;

import dev.rapt.train.example.Example;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * 1 if an answer is JSON that fits a schema, else 0.
 *
 * @param schema null for any JSON
 */
public record JsonReward(@Nullable JsonSchema schema) implements Reward {
  private static final JsonMapper MAPPER =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  @Override
  public double of(String prompt, String answer, Example example) {
    try {
      JsonNode value = MAPPER.readTree(answer);
      boolean isEmpty = value == null || value.isMissingNode();
      return !isEmpty && (schema == null || schema.fits(value)) ? 1 : 0;
    } catch (JacksonException e) {
      return 0; // not JSON
    }
  }
}
